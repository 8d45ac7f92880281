/* Collects violations: a bit per property, a count, and the first lines as text. */
#include "harness/case/ending.h"
#include "harness/oracle/rules/judge.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Lines of one property in the text. */
#define JUDGE_REPORT_TOLD_MAX 4

void judge_report_clear(struct judge_report *report)
{
    report->mechanisms = 0;
    report->first = 0;
    report->violated = 0;
    report->ignored = 0;
    report->line_count = 0;
    report->text_size_bytes = 0;
    memset(report->told, 0, sizeof report->told);
    report->text[0] = '\0';
}

/* The bit is set before the line is cut or left out: no verdict depends on the room for words. */
static void add_line(struct judge_report *report, const struct disk_finding *finding)
{
    enum property property = mechanism_property(finding->mechanism);
    if ((report->ignored >> property & 1) != 0) {
        return;
    }
    if ((report->mechanisms >> finding->mechanism & 1) == 0) {
        report->places[finding->mechanism] =
            (uint8_t)mechanism_place_of(finding->file) | (finding->is_name ? ENDING_IS_NAME : 0);
    }
    report->mechanisms |= UINT64_C(1) << finding->mechanism;
    report->violated |= UINT32_C(1) << property;
    report->line_count++;
    if (report->told[property] == JUDGE_REPORT_TOLD_MAX) {
        return;
    }
    size_t room = sizeof report->text - report->text_size_bytes;
    int length = snprintf(report->text + report->text_size_bytes, room, "%s %s@%" PRIu64 ": %s\n",
                          property_name(property), finding->file, finding->offset, finding->text);
    if (length < 0 || (size_t)length >= room) {
        /* Whole lines only: a cut one would read as another fact. */
        report->text[report->text_size_bytes] = '\0';
        return;
    }
    report->text_size_bytes += (uint32_t)length;
    report->told[property]++;
}

void judge_report_add(struct judge_report *report, enum mechanism mechanism, const char *file,
                      uint64_t offset, const char *format, ...)
{
    char text[640];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct disk_finding finding = {
        .mechanism = mechanism, .file = file, .offset = offset, .text = text};
    add_line(report, &finding);
}

void judge_report_mark(struct judge_report *report)
{
    report->first = report->first == 0 ? report->mechanisms : report->first;
}

/* The judges know a sink only; whether recovery might repair a finding is nothing to a case's
 * report. */
static void sink_add(void *arg, const struct disk_finding *finding)
{
    struct judge_report *report = arg;
    add_line(report, finding);
}

struct disk_sink judge_report_sink(struct judge_report *report)
{
    return (struct disk_sink){.arg = report, .add = sink_add};
}
