/* Policies: loading and defaults. */
#include "harness/gate/policy_file.h"

#include "harness/base/input_file.h"
#include "harness/gate/policy_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE_BYTES_MAX (1u << 20)

/* As the rows of policy_options.c tell people. */
static void set_defaults(struct policy *policy, const char *path)
{
    memset(policy, 0, sizeof(*policy));
    (void)snprintf(policy->path, sizeof(policy->path), "%s", path);
    (void)snprintf(policy->name, sizeof(policy->name), "release");
    policy->needs_audit = true;
    policy->needs_whole_suite = true;
}

/* A policy is read wherever the caller stands: what it names lies beside it. */
static int settle_bench(struct policy *policy, struct err *err)
{
    char name[POLICY_PATH_SIZE_BYTES];
    const char *slash = strrchr(policy->path, '/');
    int directory = slash == NULL ? 0 : (int)(slash + 1 - policy->path);
    if (policy->bench_path[0] == '\0' || policy->bench_path[0] == '/') {
        return 0;
    }
    memcpy(name, policy->bench_path, sizeof(name));
    if ((size_t)snprintf(policy->bench_path, sizeof(policy->bench_path), "%.*s%s", directory,
                         policy->path, name) >= sizeof(policy->bench_path)) {
        return err_set(err, -ENAMETOOLONG, "the path of '%.100s' is too long", name);
    }
    return 0;
}

int policy_file_parse(const char *text, size_t text_size_bytes, const char *path,
                      struct policy *ret_policy, struct err *err)
{
    struct yaml_reader reader;
    int r = yaml_reader_init(&reader, text, text_size_bytes, path, err);
    if (r < 0) {
        return r;
    }
    set_defaults(ret_policy, path);
    r = policy_options_read(&reader, ret_policy, err);
    if (r == 0) {
        r = settle_bench(ret_policy, err);
    }
    yaml_reader_done(&reader);
    return r;
}

int policy_file_load(const char *path, struct policy *ret_policy, struct err *err)
{
    char *text = NULL;
    size_t size = 0;
    int r = input_file_read(path, FILE_SIZE_BYTES_MAX, &text, &size, err);
    if (r == 0) {
        r = policy_file_parse(text, size, path, ret_policy, err);
    }
    free(text);
    return r;
}
