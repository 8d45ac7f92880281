/* Build and machine. */
#include "harness/cli/build_id.h"

#include "harness/base/file_hash.h"
#include "harness/cli/build_revision.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <sys/utsname.h>

static void get_machine(struct campaign_identity *identity)
{
    struct utsname host;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_size_bytes = sysconf(_SC_PAGESIZE);

    if (uname(&host) == 0) {
        (void)snprintf(identity->system, sizeof(identity->system), "%.60s %.60s %.60s",
                       host.sysname, host.release, host.machine);
    }
    identity->cores = cores > 0 ? (uint32_t)cores : 0;
    if (pages > 0 && page_size_bytes > 0) {
        identity->memory_bytes = (uint64_t)pages * (uint64_t)page_size_bytes;
    }
}

void build_id_get(const char *worker_path, struct campaign_identity *ret_identity)
{
    struct campaign_identity *identity = ret_identity;

    memset(identity, 0, sizeof(*identity));
    (void)snprintf(identity->version, sizeof(identity->version), "%s", KILLPOINT_VERSION);
    (void)snprintf(identity->revision, sizeof(identity->revision), "%s", build_revision_commit);
    identity->is_dirty = build_revision_is_dirty;
    (void)snprintf(identity->compiler, sizeof(identity->compiler), "%s", build_revision_compiler);
    (void)snprintf(identity->flags, sizeof(identity->flags), "%s", build_revision_flags);
    (void)file_hash_text("/proc/self/exe", identity->program_hash);
    (void)file_hash_text(worker_path, identity->worker_hash);
    get_machine(identity);
}

void build_id_add_target(struct campaign_identity *identity, const char *target)
{
    uint32_t count = identity->real_count;

    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(identity->real[i].target, target) == 0) {
            return;
        }
    }
    if (points_of(target) == &points_real && count < CAMPAIGN_REAL_MAX &&
        real_place_identity(target, &identity->real[count], NULL) == 0) {
        identity->real_count++;
    }
}

static const char *or_unknown(const char *text)
{
    return text[0] == '\0' ? "unknown" : text;
}

void build_id_print(const struct campaign_identity *identity, FILE *stream)
{
    (void)fprintf(stream, "killpoint %s\n", identity->version);
    (void)fprintf(stream, "revision  %s%s\n", identity->revision,
                  identity->is_dirty ? ", with changed sources" : "");
    (void)fprintf(stream, "binaries  killpoint %s, killpoint-worker %s (XXH3)\n",
                  or_unknown(identity->program_hash), or_unknown(identity->worker_hash));
    (void)fprintf(stream, "compiler  %s, %s\n", identity->compiler, identity->flags);
    (void)fprintf(stream, "machine   %s, %" PRIu32 " cores, %" PRIu64 " MiB\n", identity->system,
                  identity->cores, identity->memory_bytes >> 20);
}

void build_id_line(const struct campaign_identity *identity, char *text, size_t text_size_bytes)
{
    (void)snprintf(text, text_size_bytes, "killpoint %s, revision %.12s%s, %s", identity->version,
                   identity->revision, identity->is_dirty ? " with changed sources" : "",
                   identity->compiler);
}
