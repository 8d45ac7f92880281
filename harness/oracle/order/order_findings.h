/* What the rules over operations have found, in memory that forked processes share. */
#ifndef HARNESS_ORACLE_ORDER_ORDER_FINDINGS_H
#define HARNESS_ORACLE_ORDER_ORDER_FINDINGS_H

#include "harness/oracle/order/order.h"

#define ORDER_FINDINGS_MAX    8u
#define ORDER_TEXT_SIZE_BYTES 256u

struct order_finding {
    enum order_rule rule;
    uint64_t offset;
    bool is_name; /* its entry in the directory is not durable */
    char path[DISK_PATH_SIZE_BYTES];
    char text[ORDER_TEXT_SIZE_BYTES];
};

struct order_findings {
    uint32_t violation_count; /* told or not */
    uint64_t mechanisms;      /* bit per enum mechanism, told or not */
    uint32_t count;
    uint8_t told[ORDER_RULE_COUNT];
    struct order_finding findings[ORDER_FINDINGS_MAX];
};

void order_findings_clear(struct order_findings *found);
/* `is_name`: what is wrong is the entry of `path` in its directory.
 * A run with one mistake makes it a thousand times: the first few of each rule are told, all are
 * counted. */
void order_findings_add(struct order_findings *found, enum order_rule rule, const char *path,
                        uint64_t offset, bool is_name, const char *text);
/* Adds them to the report, each of its rule's property.  Returns how many there are, told or not.
 */
uint32_t order_findings_report(const struct order_findings *found, struct judge_report *report);

#endif
