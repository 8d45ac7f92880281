/* Seam 3: what the store asks of its surroundings besides the disk. */
#ifndef STORE_DISK_ENV_H
#define STORE_DISK_ENV_H

#include <stdint.h>

#define ENV_ADDRESS_SIZE_BYTES_MAX 16

/* An IPv4 (4) or IPv6 (16 bytes) address with its port. */
struct env_host {
    uint8_t address[ENV_ADDRESS_SIZE_BYTES_MAX];
    uint8_t address_size_bytes;
    int32_t port;
};

struct env {
    void *arg;
    /* Milliseconds since 1970.  May go backwards; the store never lets storeTimestamp. */
    int64_t (*now_ms)(void *arg);
    int64_t pid;
    struct env_host store_host;
};

/* The real clock, pid and 127.0.0.1:10911. */
void env_system(struct env *ret_env);

#endif
