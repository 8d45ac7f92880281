/* A scenario: what a YAML file of scenarios/ says, as a struct.  Apart from scenario.h, which reads
 * it, since the readers of its keys need the struct and not the reading. */
#ifndef HARNESS_SCENARIO_SCENARIO_DATA_H
#define HARNESS_SCENARIO_SCENARIO_DATA_H

#include "harness/case/plan.h"
#include "harness/case/token.h"
#include "harness/scenario/scenario_fault.h"
#include "store/base/event.h"
#include "store/format/types.h"

#include <stdbool.h>
#include <stdint.h>

#define SCENARIO_SUMMARY_SIZE_BYTES 256
#define SCENARIO_PATH_SIZE_BYTES    512
#define SCENARIO_PHASES_MAX         64
#define SCENARIO_FAULTS_MAX         32
#define SCENARIO_TAGS_MAX           8
#define SCENARIO_TAG_SIZE_BYTES     24
#define SCENARIO_TOPICS_MAX         16
#define SCENARIO_QUEUES_MAX         16
#define SCENARIO_MESSAGES_MAX       65536

/* What a file that says nothing of a key means, where 0 or 1 is not it. */
#define SCENARIO_START_MS            INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define SCENARIO_LOG_FILE_SIZE_BYTES (64u << 10)
#define SCENARIO_QUEUE_FILE_UNITS    100u
#define SCENARIO_INDEX_FILE_UNITS    5242880u
#define SCENARIO_BODY_SIZE_BYTES     128u

enum scenario_phase_kind {
    SCENARIO_PHASE_PUT,
    SCENARIO_PHASE_COMMIT_OFFSETS, /* every queue's committed offset := its max */
    SCENARIO_PHASE_HOLD,           /* a service does not run for a while */
    SCENARIO_PHASE_PAUSE,          /* virtual time passes; timers run */
    SCENARIO_PHASE_TRUNCATE,       /* the last N records are cut */
    SCENARIO_PHASE_EXPIRE,         /* log files older than this go */
    SCENARIO_PHASE_RESTART         /* a new round begins */
};

/* Addresses of producers and of the store. */
enum scenario_hosts {
    SCENARIO_HOSTS_MIXED, /* one producer in eight has an IPv6 address; the store 127.0.0.1 */
    SCENARIO_HOSTS_IPV6   /* all have */
};

enum scenario_restart { SCENARIO_RESTART_CLEAN, SCENARIO_RESTART_KILL };

/* One entry of `phases:`. Which fields mean something follows from its kind. */
struct scenario_phase {
    enum scenario_phase_kind kind;
    uint32_t count; /* put: messages; truncate: records */
    uint64_t body_size_bytes_min;
    uint64_t body_size_bytes_max;
    int64_t every_ms; /* put: virtual time between two */
    char tags[SCENARIO_TAGS_MAX][SCENARIO_TAG_SIZE_BYTES];
    uint32_t tag_count;
    uint32_t keys;       /* words in KEYS */
    uint32_t properties; /* further user properties */
    bool compress_lz4;
    bool wait;                  /* default true */
    bool rejected;              /* the store must refuse each of them */
    enum store_service service; /* hold */
    int64_t for_ms;             /* hold, pause, expire */
    enum scenario_restart restart;
};

/* How far an exploration goes; counts per trace.  The keys of `explore:`. */
struct scenario_explore {
    uint32_t bound;         /* choices of one crash position that are all tried; past it families */
    uint32_t random;        /* past the bound: seeded random choices */
    uint32_t nested;        /* images whose recovery is explored in turn, per trace and model */
    uint32_t kills;         /* traces that go on after a kill: kill, recover, write, power loss */
    uint32_t sync_faults;   /* traces with one failed or lying sync, per kind of it */
    uint32_t interleavings; /* traces with services that run inside each other's disk calls */
    uint32_t preemptions;   /* so many of these in a trace */
    uint32_t rot;           /* flipped bits and zeroed sectors tried */
    uint32_t copies;        /* hot copies tried */
};

#define SCENARIO_EXPLORE_DEFAULT \
    ((struct scenario_explore){  \
        .bound = 256, .random = 32, .nested = 8, .kills = 4, .preemptions = 2})

/* What was left out of a file's words for another target than its own, which cannot do it. */
struct scenario_unfit {
    uint32_t faults; /* words of fault rows */
    uint32_t phases;
    uint32_t events;
};

/* All that a file says, with the defaults filled in and every value within its bounds. Plain data
 * without pointers but `points`, which is static: copied as a whole. */
struct scenario {
    char name[TOKEN_NAME_SIZE_BYTES];
    char summary[SCENARIO_SUMMARY_SIZE_BYTES];
    char path[SCENARIO_PATH_SIZE_BYTES]; /* the file it was read from */
    char target[POINTS_TARGET_SIZE_BYTES];
    const struct points *points; /* the target's table */
    int64_t start_ms;
    char base[SCENARIO_PATH_SIZE_BYTES]; /* the packed store that round 1 begins with; "": none */
    uint64_t base_hash;                  /* of its bytes */

    struct store_options store; /* quirks: profile, defects and guards_off applied */
    enum quirk_profile profile;

    uint32_t topics;
    bool has_topic_names; /* else they are topic-0, topic-1… */
    char topic_names[SCENARIO_TOPICS_MAX][STORE_TOPIC_SIZE_BYTES_MAX + 1];
    uint32_t queues;
    uint32_t producers;
    enum scenario_hosts hosts;
    struct scenario_phase phases[SCENARIO_PHASES_MAX];
    uint32_t phase_count;

    struct scenario_fault faults[SCENARIO_FAULTS_MAX];
    uint32_t fault_count;
    struct scenario_unfit unfit;
    uint32_t depth;                             /* 1 .. 3 */
    struct plan_before before[PLAN_BEFORE_MAX]; /* before the second round */
    uint32_t before_count;
    bool has_seed;
    uint64_t seed;
    bool has_plan;
    struct plan plan;
    bool is_explored; /* a fault row asks for power loss: all below applies */
    uint32_t models;  /* bit per enum loss_model, from the rows */
    struct scenario_explore explore;
    uint64_t skipped[(POINTS_MAX + 63) / 64]; /* switch skip/POINT: these syncs do nothing */
    uint64_t weave;            /* switch weave/N: services inside each other's calls, by seed N */
    bool audit_all;            /* `audit: true`: every case of the scenario runs under audit */
    uint64_t tmpfs_size_bytes; /* `disk_size:`: a real file system of this size; 0: unbounded */

    uint64_t reached; /* bit per enum event that the runs must have emitted */
    uint64_t forbid;  /* bit per enum event that none may emit */
    uint32_t expect;  /* properties that must be violated, bits; 0: intact */
    uint32_t also;    /* properties that may be violated besides */

    uint32_t
        hash24; /* of the parsed scenario (seed and switches left out) and its target's table */
};

#endif
