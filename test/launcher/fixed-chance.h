/* Put in front of the launcher by tests of names that exist: the clock says 36 ms, and chance counts. */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static inline int fixed_clock(clockid_t clock, struct timespec *now)
{
    *now = clock == CLOCK_REALTIME ? (struct timespec){0, 36000000} : (struct timespec){1000, 0};
    return 0;
}

static inline ssize_t fixed_random(void *bytes, size_t size, unsigned flags)
{
    static uint64_t count;
    count += flags == GRND_NONBLOCK;
    memcpy(bytes, &count, size);
    return (ssize_t)size;
}

#undef _GNU_SOURCE
#define clock_gettime fixed_clock
#define getrandom fixed_random
