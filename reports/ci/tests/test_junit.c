/* The XML is well-formed whatever the cases say, aggregated, and leads with the replay line. */
#include "harness/testkit/test.h"
#include "reports/ci/junit.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xpath.h>

static void tell(struct listener *listener, const struct campaign_scenario *scenario,
                 const char *plan, enum outcome outcome, const char *detail)
{
    struct campaign_case ended;
    struct err err = ERR_INIT;

    memset(&ended, 0, sizeof(ended));
    assert_int_equal(plan_parse(plan, &points_engine, &ended.plan, &err), 0);
    ended.role = CAMPAIGN_ROLE_FAULT;
    ended.end.outcome = outcome;
    ended.passed = outcome == OUTCOME_INTACT;
    ended.end.violated = outcome == OUTCOME_VIOLATED ? PROPERTY_BIT(BOUNDS) : 0;
    ended.duration_us = 1500;
    (void)snprintf(ended.end.detail, sizeof(ended.end.detail), "%s", detail);
    listener->case_ended(listener->arg, scenario, &ended, "s.aaaaaa@1:token");
}

/* A campaign of one scenario; the detail of its failure holds bytes that XML forbids. */
static struct collect *campaign(bool passed_all, const char *verdict)
{
    struct collect *collect = collect_new();
    struct listener listener = collect_listener(collect);
    struct campaign_scenario scenario;

    memset(&scenario, 0, sizeof(scenario));
    (void)snprintf(scenario.name, sizeof(scenario.name), "torn-tail");
    (void)snprintf(scenario.verdict, sizeof(scenario.verdict), "%s", verdict);
    scenario.seed = 0x5eed;
    scenario.passed_all = passed_all;
    listener.campaign_began(listener.arg, 1, 0x5eed, 1);
    tell(&listener, &scenario, "queue/append:1=kill", OUTCOME_INTACT, "");
    tell(&listener, &scenario, "queue/append:2=kill", OUTCOME_INTACT, "");
    if (!passed_all && *verdict == '\0') {
        tell(&listener, &scenario, "queue/append:3=torn:4", OUTCOME_VIOLATED,
             "bounds <a&b>: \x01\x1b[31m \xff \xed\xa0\x80 \xef\xbf\xbe ok \xc3\xa9 ]]>");
        tell(&listener, &scenario, "queue/sync:1=eio", OUTCOME_HARNESS_BROKEN, "two truths");
        tell(&listener, &scenario, "queue/sync:1=kill", OUTCOME_SKIPPED, "");
    }
    listener.scenario_ended(listener.arg, &scenario);
    return collect;
}

static xmlDocPtr written(const struct collect *collect)
{
    struct campaign_summary *summary = calloc(1, sizeof(*summary));
    struct err err = ERR_INIT;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    xmlDocPtr document;

    assert_non_null(summary);
    assert_int_equal(junit_write(stream, collect, summary, "./run.sh", &err), 0);
    (void)fclose(stream);
    document = xmlReadMemory(text, (int)size, "junit.xml", NULL, XML_PARSE_NONET);
    assert_non_null(document);
    free(text);
    free(summary);
    return document;
}

/* The value of an XPath expression as a string; the caller frees it with xmlFree. */
static char *ask(xmlDocPtr document, const char *expression)
{
    xmlXPathContextPtr context = xmlXPathNewContext(document);
    xmlXPathObjectPtr object = xmlXPathEvalExpression((const xmlChar *)expression, context);
    xmlChar *value;

    assert_non_null(object);
    value = xmlXPathCastToString(object);
    xmlXPathFreeObject(object);
    xmlXPathFreeContext(context);
    return (char *)value;
}

static void assert_answer(xmlDocPtr document, const char *expression, const char *expected)
{
    char *answer = ask(document, expression);

    assert_string_equal(answer, expected);
    xmlFree(answer);
}

static void hits_of_a_point_and_fault_are_one_test_case(void **state)
{
    struct collect *collect = campaign(true, "");
    xmlDocPtr document = written(collect);

    (void)state;
    assert_answer(document, "count(//testsuite)", "1");
    assert_answer(document, "string(//testsuite/@tests)", "2");
    assert_answer(document, "count(//testcase[@name='queue/append x kill'])", "1");
    assert_answer(document, "string(//testcase[1]/@classname)", "torn-tail");
    assert_answer(document, "string(//testcase[1]/@time)", "0.003");
    assert_answer(document, "string(//property[@name='seed']/@value)", "5eed");
    assert_answer(document, "count(//failure) + count(//error)", "0");
    assert_answer(document, "count(//testcase[@name='images of power losses'])", "0");
    xmlFreeDoc(document);
    collect_free(collect);
}

static struct collect *explored_campaign(uint64_t judged)
{
    struct collect *collect = collect_new();
    struct listener listener = collect_listener(collect);
    struct campaign_scenario scenario;

    memset(&scenario, 0, sizeof(scenario));
    (void)snprintf(scenario.name, sizeof(scenario.name), "power-loss");
    scenario.passed_all = true;
    scenario.explore = (struct campaign_explore){
        .traces = 3, .judged = judged, .digest = 0xbeef, .duration_us = 1500000};
    listener.campaign_began(listener.arg, 1, 0x5eed, 1);
    listener.scenario_ended(listener.arg, &scenario);
    return collect;
}

static void images_are_one_test_with_their_counts_as_properties(void **state)
{
    struct collect *collect = explored_campaign(5000);
    xmlDocPtr document = written(collect);

    (void)state;
    assert_answer(document, "string(//testsuite/@tests)", "2");
    assert_answer(document, "string(//testcase[@name='images of power losses']/@time)", "1.500");
    assert_answer(document, "string(//property[@name='explore.judged']/@value)", "5000");
    assert_answer(document, "string(//property[@name='explore.digest']/@value)",
                  "000000000000beef");
    assert_answer(document, "count(//skipped)", "0");
    xmlFreeDoc(document);
    collect_free(collect);
    collect = explored_campaign(0);
    document = written(collect);
    assert_answer(document, "count(//testcase[@name='images of power losses']/skipped)", "1");
    assert_answer(document, "string(//testsuite/@skipped)", "1");
    xmlFreeDoc(document);
    collect_free(collect);
}

static void failure_leads_with_the_replay_line_and_drops_what_xml_forbids(void **state)
{
    struct collect *collect = campaign(false, "");
    xmlDocPtr document = written(collect);
    char *text = ask(document, "string(//failure)");

    (void)state;
    assert_ptr_equal(strstr(text, "./run.sh replay s.aaaaaa@1:token\nbounds <a&b>: "), text);
    assert_non_null(strstr(text, "ok \xc3\xa9 ]]>"));
    xmlFree(text);
    assert_answer(document, "count(//failure)", "1");
    assert_answer(document, "string(//failure/@type)", "violated");
    assert_answer(document, "string(//failure/@message)", "violated bounds: 1 of 1 case");
    xmlFreeDoc(document);
    collect_free(collect);
}

static void harness_fault_is_an_error_and_skipped_cases_are_skipped(void **state)
{
    struct collect *collect = campaign(false, "");
    xmlDocPtr document = written(collect);

    (void)state;
    assert_answer(document, "string(//testcase[error]/@name)", "queue/sync x eio");
    assert_answer(document, "string(//testsuite/@errors)", "1");
    assert_answer(document, "string(//testsuite/@failures)", "1");
    assert_answer(document, "string(//testsuite/@skipped)", "1");
    assert_answer(document, "count(//skipped)", "1");
    xmlFreeDoc(document);
    collect_free(collect);
}

static void interrupted_scenario_is_skipped(void **state)
{
    struct collect *collect = collect_new();
    struct listener listener = collect_listener(collect);
    struct campaign_scenario scenario = {.name = "halfway", .is_cut_short = true};

    (void)state;
    listener.campaign_began(listener.arg, 1, 0x5eed, 1);
    listener.scenario_ended(listener.arg, &scenario);
    xmlDocPtr document = written(collect);
    assert_answer(document, "string(/testsuites/testsuite/@skipped)", "1");
    assert_answer(document, "count(//testcase[@name='scenario as expected']/skipped)", "1");
    assert_answer(document, "count(//failure)", "0");
    xmlFreeDoc(document);
    collect_free(collect);
}

static void scenario_that_fails_as_a_whole_is_a_failure_of_its_own(void **state)
{
    struct collect *collect = campaign(false, "vacuous: nothing was reached");
    xmlDocPtr document = written(collect);

    (void)state;
    assert_answer(document, "string(//testcase[failure]/@name)", "scenario as expected");
    assert_answer(document, "string(//failure/@message)", "vacuous: nothing was reached");
    assert_answer(document, "string(//testsuite/@failures)", "1");
    xmlFreeDoc(document);
    collect_free(collect);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_of_a_point_and_fault_are_one_test_case),
        cmocka_unit_test(images_are_one_test_with_their_counts_as_properties),
        cmocka_unit_test(failure_leads_with_the_replay_line_and_drops_what_xml_forbids),
        cmocka_unit_test(harness_fault_is_an_error_and_skipped_cases_are_skipped),
        cmocka_unit_test(scenario_that_fails_as_a_whole_is_a_failure_of_its_own),
        cmocka_unit_test(interrupted_scenario_is_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
