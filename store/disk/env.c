/* The surroundings of a store that runs by itself: the system's clock and pid. */
#include "store/disk/env.h"

#include <time.h>
#include <unistd.h>

#define ENV_PORT_DEFAULT 10911

static int64_t system_now_ms(void *arg)
{
    (void)arg;
    struct timespec now = {0};
    /* CLOCK_REALTIME cannot fail with a valid pointer. */
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void env_system(struct env *ret_env)
{
    *ret_env = (struct env){
        .now_ms = system_now_ms,
        .pid = getpid(),
        .store_host =
            {
                .address = {127, 0, 0, 1},
                .address_size_bytes = 4,
                .port = ENV_PORT_DEFAULT,
            },
    };
}
