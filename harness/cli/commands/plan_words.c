/* Steps and faults as sentences (plan_words.h). */
#include "harness/cli/commands/plan_words.h"

#include "harness/base/units.h"

#include <inttypes.h>
#include <stdbool.h>

static void print_step(FILE *stream, const struct plan_before *before)
{
    char duration[32];
    switch (before->kind) {
    case PLAN_BEFORE_REMOVE:
        (void)fprintf(stream, "%s is removed by hand", before->path);
        break;
    case PLAN_BEFORE_CLOCK_JUMP:
        units_print_duration(before->arg_ms, duration, sizeof(duration));
        (void)fprintf(stream, "the clock jumps by %s", duration);
        break;
    case PLAN_BEFORE_ROT:
        (void)fprintf(stream, "byte %" PRIu64 " of %s decays: %s", before->offset, before->path,
                      before->bit == PLAN_ROT_SECTOR ? "its sector reads as zeros"
                                                     : "one of its bits is flipped");
        break;
    case PLAN_BEFORE_COPY:
        (void)fprintf(stream,
                      "a copy is opened that was made while operations %" PRIu32 " to %" PRIu32
                      " of the last round ran",
                      before->from_count, before->upto_count);
        break;
    }
}

static void print_lasting(FILE *stream, const struct fault *fault, const char *name)
{
    (void)fprintf(stream, "fails with %s", name);
    if (fault->lasting == FAULT_ON) {
        (void)fprintf(stream, ", as does all after it in this round");
    } else if (fault->lasting == FAULT_TIMES) {
        (void)fprintf(stream, ", as do the next %" PRIu32 " such operations", fault->times - 1);
    }
}

static void print_loss(FILE *stream, const struct loss *loss)
{
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < loss->item_count; i++) {
        dropped += loss_keeps(loss, i) ? 0 : 1;
    }
    (void)fprintf(stream,
                  "is in flight when the power fails: of %u un-synced effects %" PRIu32
                  " did not reach the disk",
                  (unsigned)loss->item_count, dropped);
    if (loss->tear_count > 0) {
        (void)fprintf(stream, ", %u in part", (unsigned)loss->tear_count);
    }
    (void)fprintf(stream, " (model %s)", loss_model_name(loss->model));
}

/* What becomes of the operation that is hit. */
static void print_fault(FILE *stream, const struct fault *fault)
{
    switch (fault->kind) {
    case FAULT_KILL:
        (void)fprintf(stream, "is about to begin when the process is killed");
        break;
    case FAULT_KILL_AFTER:
        (void)fprintf(stream, "has just ended when the process is killed");
        break;
    case FAULT_TORN:
        (void)fprintf(stream, "writes its first %" PRIu64 " bytes when the process is killed",
                      fault->arg);
        break;
    case FAULT_SHORT:
        (void)fprintf(stream, "does %" PRIu64 " bytes and says so", fault->arg);
        break;
    case FAULT_EIO:
        print_lasting(stream, fault, "EIO");
        break;
    case FAULT_ENOSPC:
        print_lasting(stream, fault, "ENOSPC");
        break;
    case FAULT_POD_KILL:
        (void)fprintf(stream,
                      "is reached when SIGTERM comes; SIGKILL follows %" PRIu64
                      " disk operations later",
                      fault->arg);
        break;
    case FAULT_POWER_LOSS:
        print_loss(stream, &fault->loss);
        break;
    case FAULT_SYNC_EIO:
        (void)fprintf(stream, "fails with EIO (%s)", fault_sync_help((enum fault_sync)fault->arg));
        break;
    case FAULT_SYNC_LIE:
        (void)fprintf(stream, "says that all is durable, and nothing is");
        break;
    case FAULT_KIND_COUNT:
        break;
    }
}

/* "1st", "2nd", "3rd", "11th". */
static const char *ending_of(uint32_t number)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    bool is_teen = number % 100 >= 11 && number % 100 <= 13;
    return endings[is_teen || number % 10 > 3 ? 0 : number % 10];
}

void plan_words_print(FILE *stream, const struct plan *plan, const struct points *points,
                      const char *indent)
{
    if (plan_hit_count(plan) == 0 && plan->round_count < 2) {
        (void)fprintf(stream, "%sno fault: the run itself shows it\n", indent);
    }
    for (uint32_t r = 0; r < plan->round_count; r++) {
        const struct plan_round *round = &plan->rounds[r];
        for (uint32_t i = 0; i < round->before_count; i++) {
            (void)fprintf(stream, "%sbefore round %" PRIu32 ": ", indent, r + 1);
            print_step(stream, &round->before[i]);
            (void)fputc('\n', stream);
        }
        for (uint32_t i = 0; i < round->hit_count; i++) {
            const struct plan_hit *hit = &round->hits[i];
            (void)fprintf(stream, "%sround %" PRIu32 ": %s for the %" PRIu32 "%s time ", indent,
                          r + 1, points_name(points, hit->point), hit->hit, ending_of(hit->hit));
            print_fault(stream, &hit->fault);
            (void)fputc('\n', stream);
        }
    }
}
