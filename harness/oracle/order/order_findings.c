/* Findings: see order_findings.h. */
#include "harness/oracle/order/order_findings.h"

#include <stdio.h>
#include <string.h>

#define TOLD_OF_RULE_MAX 2u

static const enum mechanism mechanisms[] = {
#define X(id, mechanism) [ORDER_RULE_##id] = MECHANISM_##mechanism,
    ORDER_RULE_MAP(X)
#undef X
};

const char *order_findings_rule_name(uint32_t rule)
{
    return rule < ORDER_RULE_COUNT ? mechanism_name(mechanisms[rule]) : NULL;
}

void order_findings_clear(struct order_findings *found)
{
    found->violation_count = 0;
    found->mechanisms = 0;
    found->count = 0;
    memset(found->told, 0, sizeof(found->told));
}

void order_findings_add(struct order_findings *found, enum order_rule rule, const char *path,
                        uint64_t offset, bool is_name, const char *text)
{
    found->violation_count++;
    found->mechanisms |= UINT64_C(1) << mechanisms[rule];
    if (found->told[rule] == TOLD_OF_RULE_MAX || found->count == ORDER_FINDINGS_MAX) {
        return;
    }
    found->told[rule]++;
    struct order_finding *finding = &found->findings[found->count++];
    finding->rule = rule;
    finding->offset = offset;
    finding->is_name = is_name;
    (void)snprintf(finding->path, sizeof(finding->path), "%s", path);
    (void)snprintf(finding->text, sizeof(finding->text), "%s", text);
}

/* Those that were not told are counted in the report all the same. */
uint32_t order_findings_report(const struct order_findings *found, struct judge_report *report)
{
    const struct disk_sink sink = judge_report_sink(report);
    for (uint32_t i = 0; i < found->count; i++) {
        const struct order_finding *finding = &found->findings[i];
        const struct disk_finding where = {.mechanism = mechanisms[finding->rule],
                                           .file = finding->path,
                                           .offset = finding->offset,
                                           .is_name = finding->is_name};
        disk_sink_add(&sink, &where, "%s: %s", order_findings_rule_name(finding->rule),
                      finding->text);
    }
    report->line_count += found->violation_count - found->count;
    return found->violation_count;
}
