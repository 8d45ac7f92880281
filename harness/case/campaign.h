/* The plain structs of a campaign, as they go from run/ to listeners, archive and reports. */
#ifndef HARNESS_CASE_CAMPAIGN_H
#define HARNESS_CASE_CAMPAIGN_H

#include "harness/base/file_hash.h"
#include "harness/base/real_place.h"
#include "harness/case/ending.h"
#include "harness/case/left_out.h"
#include "harness/case/plan.h"
#include "harness/case/token.h"
#include "store/base/event.h"
#include "store/disk/point.h"

#include <stdbool.h>
#include <stdint.h>

#define CAMPAIGN_NAME_SIZE_BYTES 64
#define CAMPAIGN_REACHED_WORDS   ((POINTS_MAX + 63) / 64)

/* Why a case is run at all. */
enum campaign_role {
    CAMPAIGN_ROLE_TRACE,   /* no fault: counts the hits; must be intact */
    CAMPAIGN_ROLE_FAULT,   /* the point of it all */
    CAMPAIGN_ROLE_BEYOND,  /* hit N+1 of a point: must not fire */
    CAMPAIGN_ROLE_CONTROL, /* a defect's case again on profile `fixed`: must be intact */
    CAMPAIGN_ROLE_CANARY,  /* an acknowledged message removed behind the oracle's back */
    CAMPAIGN_ROLE_COUNT
};

/* The word of archives, reports and failure lines. A static string. */
const char *campaign_role_name(enum campaign_role role);

/* One case, ended.  Plain data: goes through a pipe as bytes. */
struct campaign_case {
    uint64_t id; /* in order of enumeration within its scenario */
    enum campaign_role role;
    bool passed;          /* the scenario allows this outcome */
    bool is_image;        /* of an exploration: nothing ran live */
    int32_t trouble;      /* harness-broken: an errno, what the machine denied us; ETIME: time */
    uint32_t hit_count;   /* planned faults */
    uint32_t armed_count; /* of them armed in a round that was run */
    uint32_t fired_count; /* of them fired */
    uint64_t events;      /* bit per enum event emitted in any round */
    uint64_t duration_us;
    uint32_t round_count;                     /* rounds that were run before the protocol */
    uint64_t reached[CAMPAIGN_REACHED_WORDS]; /* bit per point hit in any round or restart */
    struct plan plan;
    uint32_t hits[PLAN_ROUNDS_MAX][POINTS_MAX]; /* per round; the restart's recovery is one more */
    struct ending end;
};

#define CAMPAIGN_PLACE_SIZE_BYTES 256

/* Where the stores of live cases lie.  Plain data: goes through a pipe as bytes. */
struct campaign_stores {
    char place[CAMPAIGN_PLACE_SIZE_BYTES]; /* for a person; "": no case was run */
    bool is_fallback;                      /* a directory that nobody asked for: say so */
    char file_system[24];                  /* "tmpfs", "ext4", or its number */
};

/* What ran, and on which machine: without it two nights cannot be told apart. "" or 0: not known.
 */
#define CAMPAIGN_REAL_MAX 8
struct campaign_identity {
    char version[16];
    char revision[64]; /* the commit of the engine and the harness; "unknown": no repository */
    bool is_dirty;     /* and sources were changed against it */
    char program_hash[FILE_HASH_TEXT_SIZE_BYTES]; /* of the bytes of killpoint */
    char worker_hash[FILE_HASH_TEXT_SIZE_BYTES];  /* and of killpoint-worker, with the engine */
    char compiler[64];
    char flags[256];
    char system[192]; /* kernel and machine */
    uint32_t cores;
    uint64_t memory_bytes;
    struct real_identity real[CAMPAIGN_REAL_MAX]; /* each RocketMQ under test */
    uint32_t real_count;
};

/* Which part of a suite a run is of, when several machines share it.  All 0: it has all. */
struct campaign_shard {
    uint32_t index; /* from 1; 0: the shards were made one run again */
    uint32_t count;
    char from[48]; /* who says so: "--shard", "CI_NODE_INDEX and CI_NODE_TOTAL" */
    char suite[FILE_HASH_TEXT_SIZE_BYTES];   /* a hash of its scenarios */
    char weights[FILE_HASH_TEXT_SIZE_BYTES]; /* and of the table that shared them out */
};

/* Per point of one scenario: what the traces have and what was tried. */
struct campaign_coverage {
    uint64_t hits;    /* (round, hit) pairs of the trace */
    uint64_t reached; /* cases in which it was hit at all, recovery included */
    uint64_t killed;  /* of them killed at (mutating points) */
    uint64_t failed;  /* of them failed (reading points) */
    uint64_t kills;   /* fired faults that kill, in any round of any case */
    uint64_t planned; /* planned faults */
    uint64_t fired;   /* fired faults */
    uint64_t checked; /* fired and judged to the end */
    uint64_t violations;
    uint64_t image_violations; /* of them by an image, not by a live case */
};

/* The counts of an exploration, as they are added up and written into reports: X(name). */
#define CAMPAIGN_EXPLORE_MAP(X) \
    X(traces)                   \
    X(positions)                \
    X(capped)                   \
    X(overflowed)               \
    X(generated)                \
    X(distinct)                 \
    X(effective)                \
    X(judged)                   \
    X(reused)                   \
    X(rechecked)                \
    X(legal)                    \
    X(cross)                    \
    X(recovered)                \
    X(nested)                   \
    X(interleaved)              \
    X(duration_us)

/* What an exploration made of its traces.  Plain data, added up. */
struct campaign_explore {
    uint64_t traces;
    uint64_t positions;   /* operations during which the plug was pulled */
    uint64_t capped;      /* of them with more choices than the bound: families and samples only */
    uint64_t overflowed;  /* of them with more items than a token can name: the oldest kept */
    uint64_t generated;   /* choices turned into images */
    uint64_t distinct;    /* by bytes, ledger, cut-off and clock */
    uint64_t effective;   /* of the distinct ones: not as a kill would have left the disk */
    uint64_t judged;      /* recovered, restarted and judged to the end */
    uint64_t reused;      /* of the judged: from step 3 on by an equal recovered store */
    uint64_t rechecked;   /* could have been reused and were run in full, a seeded 1 % */
    uint64_t legal;       /* checked against the trace by the second implementation */
    uint64_t cross;       /* kills compared byte for byte with live files */
    uint64_t recovered;   /* distinct recovered states */
    uint64_t nested;      /* traces of recoveries among `traces` */
    uint64_t interleaved; /* traces with services inside each other's calls */
    uint64_t peak_bytes;  /* largest resident size of a process */
    uint64_t digest;      /* of all tokens, images and outcomes, whatever their order; in the sum of
                           * a campaign not those of threads */
    uint64_t duration_us; /* of processors */
};

/* Adds `part` to `sum`: the counts and digests summed, the larger peak. */
void campaign_explore_add(struct campaign_explore *sum, const struct campaign_explore *part);
/* Whether anything was explored at all. */
static inline bool campaign_explore_is_any(const struct campaign_explore *explore)
{
    return explore->traces > 0 || explore->judged > 0;
}

/* A file among many that cannot be loaded: it fails itself, and the campaign goes on.  Or it asks
 * for what the target of the campaign cannot do, and is left out. */
struct campaign_unloaded {
    bool is_unfit;
    char name[CAMPAIGN_NAME_SIZE_BYTES]; /* of the file, without its ending */
    char path[512];
    char why[256]; /* the first line of what its parser says */
};

/* One scenario of one pass: what it is, how many of its cases were run and why the others were not,
 * and the verdict. Filled by the supervisor from case to case; listeners see it grow. */
struct campaign_scenario {
    char name[CAMPAIGN_NAME_SIZE_BYTES];
    char path[512];
    uint64_t seed;
    uint32_t pass; /* over the suite, from 0: a budget makes several */
    uint32_t hash24;
    char target[POINTS_TARGET_SIZE_BYTES];
    char switches[256]; /* "@..." as in tokens, the target left out, or "" */
    uint32_t expect;    /* property bits; 0: intact */
    uint32_t also;
    uint64_t enumerated;
    uint64_t planned; /* after depth and caps */
    uint64_t run;
    uint64_t passed;
    uint64_t failed;
    uint64_t skipped;
    struct left_out left_out; /* what was not run, tried or judged */
    uint64_t outcomes[OUTCOME_COUNT];
    uint32_t violated;          /* union over its cases */
    uint64_t reached_wanted;    /* event bits */
    uint64_t reached;           /* event bits emitted by any run */
    bool stopped_early;         /* a defect scenario: every expected property was caught */
    uint64_t first_catch_cases; /* cases until the last expected property was first caught */
    uint64_t first_catch_us;
    uint64_t control_run; /* the same cases on profile `fixed` (in `run` too) */
    uint64_t control_intact;
    uint64_t control_failed;
    uint64_t duration_us;
    bool is_threaded;  /* no two runs of it are the same: its tokens need not show it again */
    bool passed_all;   /* the scenario is as expected */
    bool is_sympathy;  /* the engine fails without the defect that it plants, too: not judged */
    bool is_cut_short; /* interrupted, or out of time, with nothing failed by then: no verdict */
    char verdict[256]; /* one line: why not, or why a defect cannot be caught, or "" */
    struct campaign_coverage coverage[POINTS_MAX];
    struct campaign_explore explore;
};

/* A line of the source; `line` 0: not known. */
struct campaign_source {
    char file[96]; /* below the root of the tree: store/service/flusher.c */
    uint32_t line;
    char function[64];
};

/* The case that shows a cause with the least of everything: what a person begins with. */
struct campaign_simplest {
    char scenario[CAMPAIGN_NAME_SIZE_BYTES];
    char target[POINTS_TARGET_SIZE_BYTES];
    uint32_t round_count;
    uint32_t fault_count;
    uint32_t message_count; /* sent */
    uint32_t lost_count;    /* items that a power loss dropped */
    char token[TOKEN_TEXT_SIZE_BYTES];
    char detail[ENDING_DETAIL_SIZE_BYTES];
};

/* What a cause is by the runs before: X(id, "name").  harness/history/history_state.h decides. */
#define CAMPAIGN_STATE_MAP(X) \
    X(NONE, "")               \
    X(NEW, "new")             \
    X(ONGOING, "ongoing")     \
    X(RARE, "rare")           \
    X(RESOLVED, "resolved")

enum campaign_state {
#define X(id, name) CAMPAIGN_STATE_##id,
    CAMPAIGN_STATE_MAP(X)
#undef X
        CAMPAIGN_STATE_COUNT
};

/* The word of reports; "" of NONE.  A static string. */
const char *campaign_state_name(enum campaign_state state);

#define CAMPAIGN_TIME_SIZE_BYTES 24 /* "2026-11-22T02:00:01Z" */

#define CAMPAIGN_CAUSE_SCENARIOS_MAX    8
#define CAMPAIGN_FINGERPRINT_SIZE_BYTES 13

/* Failures that one mistake explains (harness/cause/cause.h), over all scenarios. */
struct campaign_cause {
    /* The same from night to night (harness/cause/cause_fingerprint.h). */
    char fingerprint[CAMPAIGN_FINGERPRINT_SIZE_BYTES];
    enum mechanism mechanism;   /* MECHANISM_COUNT: an outcome without one, as below */
    enum mechanism_place place; /* where it shows */
    bool is_name;               /* of a directory's entry there, not of a file's bytes */
    enum outcome outcome;       /* of the simplest case */
    int32_t signal;             /* crashed: by which signal, */
    char function[64];          /* and where; harness-broken: how its reason begins; or "" */
    uint64_t merged;            /* roots of others that count as the same cause */
    uint64_t mechanisms;        /* all that its cases show, consequences included */
    uint64_t case_count;        /* images among them */
    uint32_t scenario_count;
    char scenarios[CAMPAIGN_CAUSE_SCENARIOS_MAX][CAMPAIGN_NAME_SIZE_BYTES]; /* the first */
    uint64_t kinds[FAULT_KIND_COUNT + 1]; /* cases by their last fault; the last: no fault */
    uint64_t points[POINTS_MAX + 1];      /* by its point, of the table of simplest.target */
    bool is_lossy;                        /* all its cases lose what was not durable */
    struct campaign_simplest simplest;
    struct campaign_source source; /* of the operation to blame in the simplest case, */
    struct campaign_source caller; /* and who has it done */
    char capsule[512];             /* of the simplest case; "": none was kept */
    /* By the runs before (harness/history/history_state.h); NONE: they are not known. */
    enum campaign_state state;
    char since[CAMPAIGN_TIME_SIZE_BYTES]; /* when it was first seen, if it was never away */
    uint32_t seen_runs;                   /* that saw it since then, this one included */
    uint32_t covered_runs;                /* of so many that could have */
};

#define CAMPAIGN_CAUSES_MAX 32

#define CAMPAIGN_RUN_ID_SIZE_BYTES       64
#define CAMPAIGN_PAST_TEXT_SIZE_BYTES    160
#define CAMPAIGN_HISTORY_NOTE_SIZE_BYTES 400

/* A cause of earlier runs that this one did not see. */
struct campaign_past {
    char fingerprint[CAMPAIGN_FINGERPRINT_SIZE_BYTES];
    char text[CAMPAIGN_PAST_TEXT_SIZE_BYTES]; /* cause_text_name() of its last report */
    enum campaign_state state;                /* NONE: this run does not cover it */
    char since[CAMPAIGN_TIME_SIZE_BYTES];
    char last_seen[CAMPAIGN_TIME_SIZE_BYTES];
    char token[TOKEN_TEXT_SIZE_BYTES]; /* that showed it last */
};

#define CAMPAIGN_PASTS_MAX 32

/* What the runs before say about this one. */
struct campaign_history {
    bool is_known;                                  /* there is a history, and it could be read */
    uint64_t runs;                                  /* in it, before this one */
    char compared_with[CAMPAIGN_RUN_ID_SIZE_BYTES]; /* the newest of them; "": the first */
    /* Each with its state: those that are resolved now, rare and not seen, and not covered. */
    uint32_t past_count;
    struct campaign_past pasts[CAMPAIGN_PASTS_MAX];
    uint32_t past_counts[CAMPAIGN_STATE_COUNT];  /* by state, those without room included */
    char note[CAMPAIGN_HISTORY_NOTE_SIZE_BYTES]; /* what is wrong with it, or to be said of it */
};

#define CAMPAIGN_CANARY_SIZE_BYTES 256

/* The whole campaign, complete only when its last listener call is made. `exit_code` is what the
 * program returns unless a report could not be written. */
struct campaign_summary {
    uint32_t scenario_count;
    /* Over all scenarios, and the scenarios that were not begun. */
    struct left_out left_out;
    bool is_complete; /* nothing was left out, and no pass was cut */
    uint64_t passed;
    uint64_t failed;
    uint64_t skipped;
    uint64_t duration_us;
    uint32_t unexpected;       /* scenarios that did not go as they expect */
    uint32_t unreached_points; /* points that nothing hit, recovery included */
    bool canary_run;           /* a message was removed, and the oracle had its say */
    bool canary_caught;
    bool canary_failed;                           /* the engine failed before: exit 1, and how: */
    char canary_text[CAMPAIGN_CANARY_SIZE_BYTES]; /* or how the harness did, or "" */
    bool interrupted;
    bool is_broken_off; /* the harness could not go on */
    bool harness_broken;
    bool is_program_missing; /* a scenario's target is not there: exit 3 */
    bool audited;
    uint64_t audit_syscalls; /* notified, all matched with an announced operation */
    uint64_t audit_unannounced;
    uint32_t cause_count;
    uint32_t causes_dropped;                           /* beyond CAMPAIGN_CAUSES_MAX */
    struct campaign_cause causes[CAMPAIGN_CAUSES_MAX]; /* those of most scenarios first */
    struct campaign_history history;
    /* Over all scenarios of the targets with this table (points_of_sum); NULL: none ran. */
    const struct points *points;
    struct campaign_coverage coverage[POINTS_MAX];
    struct campaign_explore explore;
    uint64_t budget_us; /* 0: none */
    uint32_t passes;    /* over the suite, begun; each with the next seed */
    bool is_cut;        /* the budget was spent before the last pass was over */
    bool is_self_test;  /* --break: the harness was told to break itself */
    bool whole_suite;   /* run without naming scenarios: unreached points then fail it */
    struct campaign_stores stores;
    struct campaign_identity identity;
    struct campaign_shard shard;
    uint32_t part_count; /* scenarios of which other shards have the rest */
    int exit_code;
    char run_dir[512];
};

#endif
