/* Versions of scenarios in runs and commits. */
#include "harness/archive/old_version.h"

#include "harness/archive/run_dir.h"
#include "harness/base/process.h"
#include "harness/scenario/scenario.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/stat.h>

#include <jansson.h>

#define GIT_TIMEOUT_MS        5000
#define GIT_OUTPUT_SIZE_BYTES ((size_t)16 << 20)
#define COMMIT_SIZE_BYTES     64
#define COMMIT_SHOWN          12

/* Runs */

static int is_run(const struct dirent *entry)
{
    return entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
}

/* Whether that run had the scenario in this version, and what it was built of. */
static bool had_version(const struct token *token, const char *path, const char *run_name,
                        char *ret_text)
{
    char digits[16];
    json_t *run = json_load_file(path, 0, NULL);
    const json_t *build = json_object_get(run, "build");
    const char *hash =
        json_string_value(json_object_get(json_object_get(run, "hashes"), token->scenario));
    const char *revision = json_string_value(json_object_get(build, "revision"));

    (void)snprintf(digits, sizeof(digits), "%06" PRIx32, token->hash24);
    bool is_it = hash != NULL && strcmp(hash, digits) == 0;
    if (is_it) {
        (void)snprintf(ret_text, OLD_VERSION_TEXT_SIZE_BYTES, "run %.80s had it, of commit %.*s%s",
                       run_name, COMMIT_SHOWN, revision == NULL ? "unknown" : revision,
                       json_is_true(json_object_get(build, "dirty")) ? " with changed sources"
                                                                     : "");
    }
    json_decref(run);
    return is_it;
}

static bool find_run(const struct token *token, const char *runs, char *ret_text)
{
    struct dirent **entries = NULL;
    int count = scandir(runs, &entries, is_run, alphasort);
    bool is_found = false;

    for (int i = count - 1; i >= 0; i--) {
        char path[1024];

        if (!is_found && i >= count - OLD_VERSION_RUNS_MAX &&
            (size_t)snprintf(path, sizeof(path), "%s/%s/" RUN_DIR_JSON, runs, entries[i]->d_name) <
                sizeof(path)) {
            is_found = had_version(token, path, entries[i]->d_name, ret_text);
        }
        free(entries[i]);
    }
    free(entries);
    return is_found;
}

/* Commits */

/* What git prints, in memory and not through pipes, which either side could fill while the other
 * waits.  A hook or helper that never ends has its time.  NULL: there is no git, or it objects. */
static char *run_git(char *const *arguments, const char *input, size_t *ret_size_bytes)
{
    struct stat status;
    char *output = NULL;
    int input_fd = memfd_create("git-in", MFD_CLOEXEC);
    int output_fd = memfd_create("git-out", MFD_CLOEXEC);
    size_t input_size_bytes = strlen(input);

    if (input_fd < 0 || output_fd < 0 ||
        write(input_fd, input, input_size_bytes) != (ssize_t)input_size_bytes ||
        lseek(input_fd, 0, SEEK_SET) != 0) {
        goto out;
    }
    pid_t pid = process_fork(127);
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        if (dup2(input_fd, STDIN_FILENO) < 0 || dup2(output_fd, STDOUT_FILENO) < 0 || null < 0 ||
            dup2(null, STDERR_FILENO) < 0) {
            _exit(127);
        }
        (void)execvp("git", arguments);
        _exit(127);
    }
    if (pid < 0) {
        goto out;
    }
    struct process_end end = process_wait(pid, GIT_TIMEOUT_MS);
    if (!process_is_well(&end) || fstat(output_fd, &status) < 0 ||
        (size_t)status.st_size > GIT_OUTPUT_SIZE_BYTES) {
        goto out;
    }
    size_t size_bytes = (size_t)status.st_size;
    output = malloc(size_bytes + 1);
    if (output != NULL && pread(output_fd, output, size_bytes, 0) == (ssize_t)size_bytes) {
        output[size_bytes] = '\0';
        *ret_size_bytes = size_bytes;
    } else {
        free(output);
        output = NULL;
    }
out:
    if (input_fd >= 0) {
        (void)close(input_fd);
    }
    if (output_fd >= 0) {
        (void)close(output_fd);
    }
    return output;
}

/* A commit that changed the file, and what the file was called then. */
struct version {
    char commit[COMMIT_SIZE_BYTES];
    char date[16];
    char path[512];
};

/* Of `log --format="%H %cs" --name-only`: two lines each, and empty ones between. */
static size_t take_versions(char *text, struct version *versions)
{
    size_t count = 0;
    bool has_commit = false;
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line != NULL && count < OLD_VERSION_COMMITS_MAX;
         line = strtok_r(NULL, "\n", &rest)) {
        struct version *version = &versions[count];

        if (!has_commit) {
            has_commit = sscanf(line, "%63[0-9a-f] %15s", version->commit, version->date) == 2;
        } else {
            (void)snprintf(version->path, sizeof(version->path), "%s", line);
            has_commit = false;
            count++;
        }
    }
    return count;
}

/* "COMMIT:PATH" a line, as `cat-file --batch` reads them. NULL without memory. */
static char *make_requests(const struct version *versions, size_t count)
{
    char *text = NULL;
    size_t size_bytes = 0;
    FILE *stream = open_memstream(&text, &size_bytes);

    if (stream == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(stream, "%s:%s\n", versions[i].commit, versions[i].path);
    }
    if (fclose(stream) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static bool is_version(const struct token *token, const char *path, const char *text,
                       size_t size_bytes)
{
    struct scenario *scenario = malloc(sizeof(*scenario));
    bool is_it = scenario != NULL && scenario_parse(text, size_bytes, path, scenario, NULL) == 0 &&
                 scenario_set_target(scenario, token->target, NULL) == 0 &&
                 scenario->hash24 == token->hash24;

    free(scenario);
    return is_it;
}

/* Goes through "ID blob SIZE\n" and so many bytes, or "... missing\n", one for each request. */
static size_t find_blob(const struct token *token, const char *path, const char *text,
                        size_t size_bytes, size_t count)
{
    size_t at = 0;

    for (size_t i = 0; i < count && at < size_bytes; i++) {
        const char *line = text + at;
        const char *end = strchr(line, '\n');
        const char *kind = strstr(line, " blob ");

        if (end == NULL) {
            break;
        }
        at = (size_t)(end + 1 - text);
        if (kind == NULL || kind > end) {
            continue;
        }
        size_t blob_size_bytes = strtoul(kind + strlen(" blob "), NULL, 10);
        if (blob_size_bytes > size_bytes - at) {
            break;
        }
        if (is_version(token, path, text + at, blob_size_bytes)) {
            return i;
        }
        at += blob_size_bytes + 1;
    }
    return count;
}

/* Fills `versions`; how many there are. */
static size_t list_versions(char *dir, char *file, struct version *versions)
{
    char count_word[32];
    size_t size_bytes = 0;

    (void)snprintf(count_word, sizeof(count_word), "--max-count=%d", OLD_VERSION_COMMITS_MAX);
    char *const arguments[] = {(char[]){"git"},
                               (char[]){"-C"},
                               dir,
                               (char[]){"log"},
                               count_word,
                               (char[]){"--follow"},
                               (char[]){"--name-only"},
                               (char[]){"--format=%H %cs"},
                               (char[]){"--"},
                               file,
                               NULL};
    char *text = run_git(arguments, "", &size_bytes);
    size_t count = text == NULL ? 0 : take_versions(text, versions);
    free(text);
    return count;
}

static bool find_commit(const struct token *token, const char *path, char *ret_text)
{
    char dir[512];
    const char *slash = strrchr(path, '/');
    char file[256];
    size_t size_bytes = 0;
    bool is_found = false;
    struct version *versions = calloc(OLD_VERSION_COMMITS_MAX, sizeof(*versions));

    (void)snprintf(dir, sizeof(dir), "%.*s", slash == NULL ? 1 : (int)(slash - path),
                   slash == NULL ? "." : path);
    (void)snprintf(file, sizeof(file), "%s", slash == NULL ? path : slash + 1);
    size_t count = versions == NULL ? 0 : list_versions(dir, file, versions);
    char *requests = count == 0 ? NULL : make_requests(versions, count);
    if (requests != NULL) {
        char *const arguments[] = {(char[]){"git"},      (char[]){"-C"},      dir,
                                   (char[]){"cat-file"}, (char[]){"--batch"}, NULL};
        char *blobs = run_git(arguments, requests, &size_bytes);
        size_t found = blobs == NULL ? count : find_blob(token, path, blobs, size_bytes, count);

        is_found = found < count;
        if (is_found) {
            (void)snprintf(ret_text, OLD_VERSION_TEXT_SIZE_BYTES, "commit %.*s of %s had it",
                           COMMIT_SHOWN, versions[found].commit, versions[found].date);
        }
        free(blobs);
    }
    free(requests);
    free(versions);
    return is_found;
}

bool old_version_find(const struct token *token, const char *runs, const char *path,
                      char ret_text[OLD_VERSION_TEXT_SIZE_BYTES])
{
    if (find_run(token, runs, ret_text) || find_commit(token, path, ret_text)) {
        return true;
    }
    (void)snprintf(ret_text, OLD_VERSION_TEXT_SIZE_BYTES,
                   "no run in '%.100s' had it, nor any commit of its file as this program reads it",
                   runs);
    return false;
}
