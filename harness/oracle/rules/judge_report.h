/* The report of a case as a sink of the judges. The struct and its other calls: judge.h. */
#ifndef HARNESS_ORACLE_RULES_JUDGE_REPORT_H
#define HARNESS_ORACLE_RULES_JUDGE_REPORT_H

#include "harness/oracle/decode/disk_sink.h"
#include "harness/oracle/rules/judge.h"

/* A sink that adds to `report`, which must outlive it. */
struct disk_sink judge_report_sink(struct judge_report *report);

#endif
