/* The option table of scenarios, and what reads its lists of mappings. */
#include "harness/scenario/scenario_options.h"

#include "harness/scenario/scenario_values.h"
#include "harness/yaml/yaml_values.h"
#include "store/base/ensure.h"
#include "store/base/names.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static_assert(sizeof(enum store_mode) == 4 && sizeof(enum store_flush) == 4 &&
                  sizeof(enum store_services) == 4 && sizeof(enum quirk_profile) == 4 &&
                  sizeof(enum store_service) == 4 && sizeof(enum scenario_restart) == 4 &&
                  sizeof(enum scenario_hosts) == 4,
              "words are stored as 32-bit numbers");

static const char *const mode_words[] = {"commitlog", "dledger"};
static const char *const flush_words[] = {"sync", "async"};
static const char *const services_words[] = {"manual", "threads"};
static const char *const hosts_words[] = {"mixed", "ipv6"};
static const char *const restart_words[] = {"clean", "kill"};
static const char *const all_words[] = {"all"};
static const char *const intact_words[] = {"intact"};
static const char *const service_words[] = {STORE_SERVICE_MAP(NAMES_NAME_ONLY)};
static const char *const profile_words[] = {QUIRK_PROFILE_MAP(NAMES_NAME)};

/* A phase is made by one of its keys; those of others may not stand beside it. */
#define CHOICE(id) (SCENARIO_PHASE_##id + 1u)
#define KIND(id)   (1u << CHOICE(id))

#define READER(name) YAML_TABLE_READER(name)

static struct scenario_values_context *owner(const struct yaml_table_walk *walk)
{
    return walk->owner;
}

static READER(read_phases);
static READER(read_fault_rows);
static READER(read_expect);

#define COUNT_OF(array)     (sizeof(array) / sizeof((array)[0]))
#define OF_SCENARIO(field)  offsetof(struct scenario, field)
#define OF_STORE(field)     offsetof(struct store_options, field)
#define OF_PHASE(field)     offsetof(struct scenario_phase, field)
#define OF_EXPLORE(field)   offsetof(struct scenario_explore, field)
#define KEY(section, ...)   .option = {SCENARIO_OPTIONS_##section, __VA_ARGS__}
#define READ(name)          .read = scenario_values_##name
#define READ_PLAIN(name)    .read = yaml_values_##name
#define READ_EACH(name)     READ(name), .shape = YAML_TABLE_LIST
#define READ_WITH(function) .read = (function), .shape = YAML_TABLE_NODE
#define SECTION(name)       .shape = YAML_TABLE_SECTION, .inner = SCENARIO_OPTIONS_##name
#define RANGE(least, most)  .min = (least), .max = (most)
#define WORDS(array)        .words = (array), .word_count = COUNT_OF(array)
#define MAKES(kind)         .choice = CHOICE(kind), .choices = KIND(kind)

static const struct yaml_table_row rows[] = {
    {KEY(ROOT, "name", "word", "[a-z0-9-], 1 to 63 characters", "",
         "The scenario's name, which tokens begin with; its file is called the same."),
     READ(name)},
    {KEY(ROOT, "summary", "text", "up to 255 bytes", "none",
         "What the scenario shows, in a sentence."),
     READ(summary)},
    {KEY(ROOT, "start", "time", "1970 to 2037", "2026-01-01T00:00:00Z",
         "Where virtual time begins; services manual only."),
     READ(start)},
    {KEY(ROOT, "target", "word", "engine, program:NAME, real-VERSION", "engine",
         "What is under test. A program takes kills at put/acknowledged and clock/ms; it has no "
         "profile, defects or guards, and no power to lose."),
     READ(target_name)},
    {KEY(ROOT, "store", "section", "", "the defaults of its keys", "How the store is configured."),
     SECTION(STORE), .offset = OF_SCENARIO(store)},
    {KEY(ROOT, "base", "word", "NAME, or PATH of a .tar.gz", "none",
         "The store that the first round finds, packed by `tar -cSf - . | gzip`: bases/NAME.tar.gz "
         "beside the scenario's file. The store's mode and sizes are its own."),
     READ(base)},
    {KEY(ROOT, "workload", "section", "", "", "What the producers and operators do."),
     SECTION(WORKLOAD)},
    {KEY(ROOT, "faults", "list of rows", "up to 32 rows", "[]",
         "Which hits of which points get which faults."),
     READ_WITH(read_fault_rows)},
    {KEY(ROOT, "depth", "number", "1 to 3", "1",
         "Faulted rounds in a case: 2 kills at every hit of the recovery as well (at most 8 "
         "messages), 3 is a sample of those with one more."),
     READ_PLAIN(count), .offset = OF_SCENARIO(depth), RANGE(1, 3)},
    {KEY(ROOT, "before", "list of steps",
         "up to 4: remove:consumequeue[/TOPIC/QUEUE], clock-jump:-1h, rot:FILE@OFFSET.BIT, "
         "copy:FROM-UPTO.ORDER",
         "[]",
         "What happens to the store between the first round and the second; copy needs a row with "
         "power-loss."),
     READ_EACH(before)},
    {KEY(ROOT, "seed", "hex number", "1 to 16 digits", "--seed",
         "Decides the messages and the order of the services."),
     READ(seed)},
    {KEY(ROOT, "plan", "list of rounds", "up to 8, each as in a token", "[]",
         "Instead of faults: this one case, a round an entry."),
     READ_EACH(plan_round)},
    {KEY(ROOT, "explore", "section", "", "the defaults of its keys",
         "How far power losses are explored; needs a row with power-loss."),
     SECTION(EXPLORE), .offset = OF_SCENARIO(explore)},
    {KEY(ROOT, "audit", "flag", "true, false", "false",
         "Runs every case of the scenario under the system call audit."),
     READ_PLAIN(flag), .offset = OF_SCENARIO(audit_all)},
    {KEY(ROOT, "disk_size", "size", "64KiB to 1GiB", "unbounded",
         "The size of the file system that the store lies on: a disk that is really full."),
     READ_PLAIN(size), .offset = OF_SCENARIO(tmpfs_size_bytes), RANGE(64u << 10, 1u << 30)},
    {KEY(ROOT, "reached", "list of events", "", "[]",
         "What the runs must have emitted; else the scenario is vacuous and fails."),
     READ_EACH(event), .offset = OF_SCENARIO(reached)},
    {KEY(ROOT, "forbid_events", "list of events", "", "[]",
         "What no run may emit: property log-clean."),
     READ_EACH(event), .offset = OF_SCENARIO(forbid)},
    {KEY(ROOT, "expect", "'intact' or section", "", "intact",
         "What the cases must show: all intact, or properties that are violated."),
     READ_WITH(read_expect)},

    {KEY(STORE, "mode", "word", "commitlog, dledger", "commitlog", "Plain log or DLedger log."),
     READ_PLAIN(word), .offset = OF_STORE(mode), WORDS(mode_words)},
    {KEY(STORE, "flush", "word", "sync, async", "sync",
         "Whether a put is acknowledged after its sync or before."),
     READ_PLAIN(word), .offset = OF_STORE(flush), WORDS(flush_words)},
    {KEY(STORE, "services", "word", "manual, threads", "manual",
         "A seeded scheduler runs the services (every run the same), or each has its thread."),
     READ_PLAIN(word), .offset = OF_STORE(services), WORDS(services_words)},
    {KEY(STORE, "log_file_size", "size", "1KiB to 1GiB", "64KiB",
         "Size of a log file (RocketMQ: mappedFileSizeCommitLog, 1GiB)."),
     READ_PLAIN(size), .offset = OF_STORE(log_file_size_bytes), RANGE(1u << 10, 1u << 30)},
    {KEY(STORE, "queue_file_units", "number", "2 to 300000", "100",
         "Units in a consumequeue file, 20 bytes each (RocketMQ: 300000)."),
     READ_PLAIN(count), .offset = OF_STORE(queue_file_units), RANGE(2, 300000)},
    {KEY(STORE, "index_file_units", "number", "2 to 5242880", "5242880",
         "Units in a file of DLedger's index, 32 bytes each (RocketMQ loads no other size)."),
     READ_PLAIN(count), .offset = OF_STORE(index_file_units), RANGE(2, 5242880)},
    {KEY(STORE, "message_v2", "flag", "true, false", "false",
         "Writes version 2 records whatever the topic's length."),
     READ_PLAIN(flag), .offset = OF_STORE(message_v2)},
    {KEY(STORE, "profile", "word", "fixed, rocketmq-4.9.7, -5.2.0, -5.3.3 or -5.5.1", "fixed",
         "A named set of defects and guards."),
     READ(profile), WORDS(profile_words)},
    {KEY(STORE, "defects", "list of words", "each DEFECT or DEFECT.bare", "[]",
         "Defects planted besides the profile's; .bare leaves the guards of its row on."),
     READ_EACH(defect)},
    {KEY(STORE, "guards_off", "list of words", "each a guard", "[]",
         "Guards switched off besides the profile's."),
     READ_EACH(guard_off)},

    {KEY(WORKLOAD, "topics", "number or names", "1 to 16; 1 to 255 of [%|a-zA-Z0-9_-]", "1",
         "How many topics there are, or how they are called: [orders, \"%RETRY%g\"]."),
     READ_WITH(scenario_values_topics), .offset = OF_SCENARIO(topics), RANGE(1, 16)},
    {KEY(WORKLOAD, "queues", "number", "1 to 16", "1", "How many queues each topic has."),
     READ_PLAIN(count), .offset = OF_SCENARIO(queues), RANGE(1, SCENARIO_QUEUES_MAX)},
    {KEY(WORKLOAD, "producers", "number", "1 to 16", "1",
         "Puts that may wait for their answer at the same time."),
     READ_PLAIN(count), .offset = OF_SCENARIO(producers), RANGE(1, 16)},
    {KEY(WORKLOAD, "hosts", "word", "mixed, ipv6", "mixed", "Addresses of producers and store."),
     READ_PLAIN(word), .offset = OF_SCENARIO(hosts), WORDS(hosts_words)},
    {KEY(WORKLOAD, "phases", "list of phases", "1 to 64", "", "What happens, in order."),
     READ_WITH(read_phases)},

    {KEY(PHASE, "put", "number", "1 to 65536 in all", "", "Puts this many messages."),
     .read = yaml_values_count, .offset = OF_PHASE(count), RANGE(1, SCENARIO_MESSAGES_MAX),
     MAKES(PUT)},
    {KEY(PHASE, "body", "size or range of sizes", "0 to 16MiB", "128B",
         "Body size of each message, before compression; over 4MiB it needs rejected."),
     READ(body), RANGE(0, 16u << 20), .choices = KIND(PUT)},
    {KEY(PHASE, "every", "duration", "", "0", "Virtual time that passes before each put."),
     READ_PLAIN(duration), .offset = OF_PHASE(every_ms), .choices = KIND(PUT)},
    {KEY(PHASE, "tags", "list of words", "up to 8", "[]", "Each message has one of these TAGS."),
     READ_EACH(tag), .choices = KIND(PUT)},
    {KEY(PHASE, "keys", "number", "0 to 32", "0", "Words in the KEYS of each message."),
     READ_PLAIN(count), .offset = OF_PHASE(keys), RANGE(0, 32), .choices = KIND(PUT)},
    {KEY(PHASE, "properties", "number", "0 to 64", "0",
         "Further properties of each message; 0, without tags and keys, is an empty string."),
     READ_PLAIN(count), .offset = OF_PHASE(properties), RANGE(0, 64), .choices = KIND(PUT)},
    {KEY(PHASE, "compress", "word", "none, lz4", "none", "Compresses the body, as a client would."),
     READ(compress), .choices = KIND(PUT)},
    {KEY(PHASE, "wait", "flag", "true, false", "true",
         "false: the message says WAIT=false and is acknowledged before its sync."),
     READ_PLAIN(flag), .offset = OF_PHASE(wait), .choices = KIND(PUT)},
    {KEY(PHASE, "rejected", "flag", "true, false", "false",
         "The store must refuse each: for its body over 4MiB, else for properties over 32767 "
         "bytes, which are added then."),
     READ_PLAIN(flag), .offset = OF_PHASE(rejected), .choices = KIND(PUT)},
    {KEY(PHASE, "commit_offsets", "word", "all", "",
         "The consumer group commits the max offset of every queue."),
     .read = yaml_values_word, .offset = OF_PHASE(count), WORDS(all_words), MAKES(COMMIT_OFFSETS)},
    {KEY(PHASE, "hold", "word",
         "log-flush, dispatch, queue-flush, checkpoint, offsets, preallocate, retention", "",
         "This service does not run for a while."),
     .read = yaml_values_word, .offset = OF_PHASE(service), WORDS(service_words), MAKES(HOLD)},
    {KEY(PHASE, "for", "duration", "", "0", "How long the service is held."), READ_PLAIN(duration),
     .offset = OF_PHASE(for_ms), .choices = KIND(HOLD)},
    {KEY(PHASE, "pause", "duration", "", "", "Virtual time passes and the timers run."),
     .read = yaml_values_duration, .offset = OF_PHASE(for_ms), MAKES(PAUSE)},
    {KEY(PHASE, "truncate", "number", "1 to 65536", "",
         "Cuts the last records off the log, as a DLedger follower does."),
     .read = yaml_values_count, .offset = OF_PHASE(count), RANGE(1, SCENARIO_MESSAGES_MAX),
     MAKES(TRUNCATE)},
    {KEY(PHASE, "expire", "duration", "", "",
         "Log files whose last record is older than this may go."),
     .read = yaml_values_duration, .offset = OF_PHASE(for_ms), MAKES(EXPIRE)},
    {KEY(PHASE, "restart", "word", "clean, kill", "", "A new round begins."),
     .read = yaml_values_word, .offset = OF_PHASE(restart), WORDS(restart_words), MAKES(RESTART)},

    {KEY(FAULT, "point", "word", "a point, '*' standing for any characters", "",
         "Where the faults happen."),
     READ(point)},
    {KEY(FAULT, "fault", "word or list of words",
         "kill, kill-after, torn[:N], short[:N], "
         "eio[:on|:K], enospc[:on|:K], pod-kill[:N], power-loss[:MODEL], "
         "sync-eio[:clean|:revert|:late], sync-lie",
         "", "What happens; one that a matching point's operation cannot have is left out."),
     READ(fault_word), .shape = YAML_TABLE_ITEM_OR_LIST},
    {KEY(FAULT, "when", "range of hits", "5, 1.., 2..9, 1..+3, 2..9+2", "1..", "At which hits."),
     READ(when)},

    {KEY(EXPLORE, "bound", "number", "1 to 1048576", "256",
         "Choices of one crash position that are all tried; past it families of them."),
     READ_PLAIN(count), .offset = OF_EXPLORE(bound), RANGE(1, 1u << 20)},
    {KEY(EXPLORE, "random", "number", "0 to 65536", "32",
         "Seeded random choices of a crash position past the bound."),
     READ_PLAIN(count), .offset = OF_EXPLORE(random), RANGE(0, 1u << 16)},
    {KEY(EXPLORE, "nested", "number", "0 to 65536", "8",
         "Images whose recovery is explored in turn, per trace and model."),
     READ_PLAIN(count), .offset = OF_EXPLORE(nested), RANGE(0, 1u << 16)},
    {KEY(EXPLORE, "kills", "number", "0 to 65536", "4 (services threads: 0)",
         "Traces that go on after a kill: kill, recover, write, power loss."),
     READ_PLAIN(count), .offset = OF_EXPLORE(kills), RANGE(0, 1u << 16)},
    {KEY(EXPLORE, "sync_faults", "number", "0 to 65536", "0",
         "Traces with one failed or lying sync, per kind of it that a row has."),
     READ_PLAIN(count), .offset = OF_EXPLORE(sync_faults), RANGE(0, 1u << 16)},
    {KEY(EXPLORE, "interleavings", "number", "0 to 65536", "0",
         "Traces with services that run inside each other's disk calls."),
     READ_PLAIN(count), .offset = OF_EXPLORE(interleavings), RANGE(0, 1u << 16)},
    {KEY(EXPLORE, "preemptions", "number", "1 to 64", "2",
         "How often a service runs inside another's disk call, in a trace of interleavings."),
     READ_PLAIN(count), .offset = OF_EXPLORE(preemptions), RANGE(1, 64)},
    {KEY(EXPLORE, "rot", "number", "0 to 65536", "0", "Flipped bits and zeroed sectors tried."),
     READ_PLAIN(count), .offset = OF_EXPLORE(rot), RANGE(0, 1u << 16)},
    {KEY(EXPLORE, "copies", "number", "0 to 65536", "0", "Hot copies tried."), READ_PLAIN(count),
     .offset = OF_EXPLORE(copies), RANGE(0, 1u << 16)},

    {KEY(EXPECT, "violated", "list of properties", "", "",
         "Each must be violated by at least one case."),
     READ_EACH(property), .offset = OF_SCENARIO(expect)},
    {KEY(EXPECT, "also", "list of properties", "", "[]", "These may be violated besides."),
     READ_EACH(property), .offset = OF_SCENARIO(also)},
};

#define ROW_COUNT COUNT_OF(rows)

static const struct yaml_table table = {rows, ROW_COUNT};

size_t scenario_options_count(void)
{
    return ROW_COUNT;
}

void scenario_options_row(size_t index, struct yaml_table_option *ret_row)
{
    ENSURE(index < ROW_COUNT);
    *ret_row = rows[index].option;
}

const char *scenario_options_section_name(enum scenario_options_section section)
{
    static const char *const names[] = {"",         "store",   "workload", "phases[]",
                                        "faults[]", "explore", "expect"};
    ENSURE((unsigned)section < SCENARIO_OPTIONS_SECTION_COUNT);
    return names[section];
}

const char *scenario_options_word(enum scenario_options_section section, const char *key,
                                  uint32_t index)
{
    size_t row = yaml_table_find(&table, section, key);
    ENSURE(row < ROW_COUNT && index < rows[row].word_count);
    return rows[row].words[index];
}

/* Exactly one key makes the phase; the others must belong to it. */
static int check_phase(struct yaml_table_walk *walk, const yaml_node_t *node,
                       const struct yaml_table_section *state)
{
    uint32_t choice = 0;
    int r = yaml_table_choose(walk, state, "phases", &choice);
    if (r < 0) {
        return r;
    }
    if (choice == 0) {
        return yaml_reader_error(walk->reader, node, walk->err,
                                 "expected one of put, commit_offsets, hold, pause, truncate, "
                                 "expire, restart");
    }
    owner(walk)->phase->kind = (enum scenario_phase_kind)(choice - 1);
    return 0;
}

/* A phase's defaults depend on no other key, so they are set before its mapping is read. */
static READER(read_phases)
{
    struct scenario *scenario = owner(walk)->scenario;
    int r = yaml_table_need_list(walk, node);
    if (r == 0 && yaml_reader_count(node) == 0) {
        return yaml_reader_error(walk->reader, node, walk->err, "a workload needs a phase");
    }
    for (size_t i = 0; r == 0 && i < yaml_reader_count(node); i++) {
        const yaml_node_t *item = yaml_reader_item(walk->reader, node, i);
        if (i == SCENARIO_PHASES_MAX) {
            return yaml_reader_error(walk->reader, item, walk->err, "more than %d phases",
                                     SCENARIO_PHASES_MAX);
        }
        struct scenario_phase *phase = &scenario->phases[scenario->phase_count++];
        struct yaml_table_section state = {SCENARIO_OPTIONS_PHASE, phase, {NULL}};
        phase->body_size_bytes_min = SCENARIO_BODY_SIZE_BYTES;
        phase->body_size_bytes_max = SCENARIO_BODY_SIZE_BYTES;
        phase->wait = true;
        owner(walk)->phase = phase;
        r = yaml_table_read(walk, item, &state);
        if (r == 0) {
            r = check_phase(walk, item, &state);
        }
    }
    return r;
}

/* At least one fault of the row must be possible at one of its points. */
static int check_fault_row(struct yaml_table_walk *walk, const yaml_node_t *node)
{
    const struct scenario_fault *row = owner(walk)->fault;
    if (row->fault_count == 0) {
        return yaml_reader_error(walk->reader, node, walk->err, "the row has no fault");
    }
    if (scenario_fault_is_possible(row, owner(walk)->scenario->points)) {
        return 0;
    }
    return yaml_reader_error(walk->reader, node, walk->err,
                             "none of these faults can happen at '%s'", row->point);
}

/* A row without `when:` is every hit there is. */
static READER(read_fault_rows)
{
    struct scenario *scenario = owner(walk)->scenario;
    int r = yaml_table_need_list(walk, node);
    for (size_t i = 0; r == 0 && i < yaml_reader_count(node); i++) {
        const yaml_node_t *item = yaml_reader_item(walk->reader, node, i);
        if (i == SCENARIO_FAULTS_MAX) {
            return yaml_reader_error(walk->reader, item, walk->err, "more than %d rows",
                                     SCENARIO_FAULTS_MAX);
        }
        struct scenario_fault *fault = &scenario->faults[scenario->fault_count++];
        struct yaml_table_section state = {SCENARIO_OPTIONS_FAULT, fault, {NULL}};
        fault->when_first = 1;
        fault->when_last = UINT32_MAX;
        fault->when_step = 1;
        owner(walk)->fault = fault;
        r = yaml_table_read(walk, item, &state);
        if (r == 0) {
            r = check_fault_row(walk, item);
        }
    }
    return r;
}

/* `intact` is a word and `violated` a section: whoever writes an empty list meant the word. */
static READER(read_expect)
{
    if (node->type == YAML_SCALAR_NODE && node->data.scalar.value[0] == 'v') {
        return yaml_reader_error(walk->reader, node, walk->err, "write { violated: [WHAT] }");
    }
    if (node->type == YAML_SCALAR_NODE) {
        uint32_t ignored = 0;
        const struct yaml_table_target intact = {&ignored, 0, 0, intact_words, 1};
        const char *word = yaml_table_text(walk, node);
        return word == NULL ? ERR_USAGE : yaml_values_word(walk, node, word, &intact);
    }
    struct yaml_table_section state = {SCENARIO_OPTIONS_EXPECT, owner(walk)->scenario, {NULL}};
    int r = yaml_table_read(walk, node, &state);
    if (r < 0) {
        return r;
    }
    if (owner(walk)->scenario->expect == 0) {
        return yaml_reader_error(walk->reader, node, walk->err,
                                 "'violated' names no property; write 'expect: intact'");
    }
    return 0;
}

/* The profile first, whatever the order of the keys. A defect that is named plainly switches off
 * the guards that would catch it; with .bare they stay on. Named both ways, plainly wins. */
static void apply_quirks(const struct scenario_values_context *context)
{
    struct quirk_set *quirks = &context->scenario->store.quirks;
    *quirks = quirk_of_profile(context->scenario->profile);
    for (unsigned defect = 0; defect < QUIRK_DEFECT_COUNT; defect++) {
        if ((context->planted >> defect & 1) != 0) {
            quirk_plant(quirks, (enum quirk_defect)defect, false);
        } else if ((context->planted_bare >> defect & 1) != 0) {
            quirk_plant(quirks, (enum quirk_defect)defect, true);
        }
    }
    quirks->guards &= ~context->guards_off;
}

int scenario_options_read(const struct yaml_reader *reader, struct scenario *scenario,
                          struct err *err)
{
    struct scenario_values_context context = {.scenario = scenario};
    struct yaml_table_walk walk = {
        .reader = reader, .table = &table, .owner = &context, .err = err};
    struct yaml_table_section state = {SCENARIO_OPTIONS_ROOT, scenario, {NULL}};
    const yaml_node_t *root = yaml_reader_root(reader);
    /* First, wherever it stands: points are looked up in the target's table. */
    const yaml_node_t *target = yaml_reader_find(reader, root, "target");
    const char *name = target == NULL ? NULL : yaml_table_text(&walk, target);
    int r = target == NULL ? 0 : ERR_USAGE;
    if (name != NULL) {
        r = scenario_values_target_name(&walk, target, name, NULL);
    }
    if (r < 0) {
        return r;
    }
    r = yaml_table_read(&walk, root, &state);
    if (r < 0) {
        return r;
    }
    apply_quirks(&context);
    return 0;
}
