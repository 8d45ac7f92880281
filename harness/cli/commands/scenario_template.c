/* The keys with which a first scenario is told, and their comments from the option table. */
#include "harness/cli/commands/scenario_template.h"

#include "harness/scenario/scenario_options.h"

#include <errno.h>
#include <string.h>

#define WIDTH         96
#define TEXT_MAX_SIZE 512

/* Words behind "# ", as many a line as it takes. */
static void put_comment(FILE *file, int indent, const char *text)
{
    int column = 0;

    while (*text != '\0') {
        int length = (int)strcspn(text, " ");

        if (column == 0 || column + 1 + length > WIDTH) {
            fprintf(file, "%s%*s#", column == 0 ? "" : "\n", indent, "");
            column = indent + 1;
        }
        fprintf(file, " %.*s", length, text);
        column += 1 + length;
        text += length;
        text += *text == ' ';
    }
    fputc('\n', file);
}

/* What the table says of a key; nothing of a key that it does not have. */
static void put_meaning(FILE *file, int indent, enum scenario_options_section section,
                        const char *key)
{
    char text[TEXT_MAX_SIZE];

    for (size_t i = 0; i < scenario_options_count(); i++) {
        struct yaml_table_option row;

        scenario_options_row(i, &row);
        if (row.section != section || strcmp(row.key, key) != 0) {
            continue;
        }
        snprintf(text, sizeof(text), "%s%s%s%s%s%s", row.help, row.range[0] == '\0' ? "" : " (",
                 row.range, row.range[0] == '\0' ? "" : ")",
                 row.fallback[0] == '\0' ? "" : " Default: ", row.fallback);
        put_comment(file, indent, text);
    }
}

static void put_key(FILE *file, int indent, enum scenario_options_section section, const char *key,
                    const char *value)
{
    put_meaning(file, indent, section, key);
    fprintf(file, "%*s%s:%s%s\n", indent, "", key, value[0] == '\0' ? "" : " ", value);
}

static void put_store(const struct scenario_template *wanted, FILE *file)
{
    fputc('\n', file);
    put_key(file, 0, SCENARIO_OPTIONS_ROOT, "store", "");
    put_key(file, 2, SCENARIO_OPTIONS_STORE, "mode",
            scenario_options_word(SCENARIO_OPTIONS_STORE, "mode", wanted->mode));
    put_key(file, 2, SCENARIO_OPTIONS_STORE, "flush",
            scenario_options_word(SCENARIO_OPTIONS_STORE, "flush", wanted->flush));
    put_key(file, 2, SCENARIO_OPTIONS_STORE, "log_file_size", "64KiB");
    put_key(file, 2, SCENARIO_OPTIONS_STORE, "queue_file_units", "100");
}

/* The phases that are there, and two that could be. */
static void put_phases(const struct scenario_template *wanted, FILE *file)
{
    put_key(file, 2, SCENARIO_OPTIONS_WORKLOAD, "phases", "");
    put_meaning(file, 4, SCENARIO_OPTIONS_PHASE, "put");
    put_meaning(file, 4, SCENARIO_OPTIONS_PHASE, "body");
    put_meaning(file, 4, SCENARIO_OPTIONS_PHASE, "every");
    fputs(wanted->target == NULL
              ? "    - { put: 6, body: 64..400B, every: 300ms, tags: [a, b], keys: 1 }\n"
              : "    - { put: 12, body: 64..400B, tags: [a, b], keys: 1 }\n",
          file);
    put_meaning(file, 4, SCENARIO_OPTIONS_PHASE, "commit_offsets");
    fputs("    - { commit_offsets: all }\n", file);
    put_meaning(file, 4, SCENARIO_OPTIONS_PHASE, "pause");
    fputs(wanted->target == NULL ? "    - { pause: 6s }\n" : "    - { pause: 30ms }\n", file);
    put_meaning(file, 4, SCENARIO_OPTIONS_PHASE, "restart");
    fputs("    # - { restart: clean }\n    - { put: 4, body: 100B }\n", file);
}

static void put_workload(const struct scenario_template *wanted, FILE *file)
{
    fputc('\n', file);
    put_key(file, 0, SCENARIO_OPTIONS_ROOT, "workload", "");
    put_key(file, 2, SCENARIO_OPTIONS_WORKLOAD, "topics", "2");
    put_key(file, 2, SCENARIO_OPTIONS_WORKLOAD, "queues", "2");
    put_key(file, 2, SCENARIO_OPTIONS_WORKLOAD, "producers", "2");
    put_phases(wanted, file);
}

static void put_faults(const struct scenario_template *wanted, FILE *file)
{
    fputc('\n', file);
    put_key(file, 0, SCENARIO_OPTIONS_ROOT, "faults", "");
    put_meaning(file, 2, SCENARIO_OPTIONS_FAULT, "point");
    put_meaning(file, 2, SCENARIO_OPTIONS_FAULT, "fault");
    put_meaning(file, 2, SCENARIO_OPTIONS_FAULT, "when");
    if (wanted->target != NULL) {
        fputs("  - { point: put/acknowledged, fault: [kill], when: 1..+2 }\n"
              "  - { point: clock/ms, fault: [kill], when: 1..+3 }\n",
              file);
    } else if (wanted->is_power) {
        fputs("  - { point: \"*\", fault: [power-loss] }\n\n", file);
        put_key(file, 0, SCENARIO_OPTIONS_ROOT, "explore", "");
        put_key(file, 2, SCENARIO_OPTIONS_EXPLORE, "bound", "256");
        put_key(file, 2, SCENARIO_OPTIONS_EXPLORE, "nested", "8");
        put_key(file, 2, SCENARIO_OPTIONS_EXPLORE, "kills", "4");
    } else {
        fputs("  - { point: \"*\", fault: [kill, kill-after] }\n"
              "  - { point: \"*\", fault: [torn, eio] }\n",
              file);
    }
}

static void put_expected(const struct scenario_template *wanted, FILE *file)
{
    if (wanted->target == NULL) {
        fputc('\n', file);
        put_key(file, 0, SCENARIO_OPTIONS_ROOT, "reached", "[offsets-persisted]");
    }
    fputc('\n', file);
    put_key(file, 0, SCENARIO_OPTIONS_ROOT, "expect", "intact");
}

int scenario_template_write(const struct scenario_template *wanted, FILE *file)
{
    fprintf(file,
            "# What is wrong with this file, if anything: killpoint check %s.yaml\n"
            "# The workload once for each fault, and what is left is judged: killpoint run "
            "%s.yaml\n"
            "# All keys and their words: killpoint list keys, list points, list faults, list "
            "events\n\n",
            wanted->name, wanted->name);
    put_key(file, 0, SCENARIO_OPTIONS_ROOT, "name", wanted->name);
    put_key(file, 0, SCENARIO_OPTIONS_ROOT, "summary",
            wanted->is_power ? "Every acknowledged message survives a loss of power at any write."
                             : "Every acknowledged message survives one fault at any point.");
    if (wanted->target != NULL) {
        put_key(file, 0, SCENARIO_OPTIONS_ROOT, "target", wanted->target);
    }
    put_store(wanted, file);
    put_workload(wanted, file);
    put_faults(wanted, file);
    put_expected(wanted, file);
    return ferror(file) ? -EIO : 0;
}
