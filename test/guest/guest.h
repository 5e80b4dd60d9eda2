// What every guest program shares: one line per test, counters, and tests in a child of their own.
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int guest_ok, guest_failed;
static char guest_reason[300];

// Ends the test function it stands in, with the reason.
#define CHECK(condition)                                                                              \
    do {                                                                                              \
        if (!(condition)) {                                                                           \
            snprintf(guest_reason, sizeof guest_reason, "line %d: %s (errno %d)", __LINE__, #condition, errno); \
            return -1;                                                                                \
        }                                                                                             \
    } while (0)
#define CHECK_EQ(actual, expected)                                                                    \
    do {                                                                                              \
        const long actual_ = (long)(actual), expected_ = (long)(expected);                            \
        if (actual_ != expected_) {                                                                   \
            snprintf(guest_reason, sizeof guest_reason, "line %d: %s is %ld, not %ld (errno %d)",      \
                     __LINE__, #actual, actual_, expected_, errno);                                   \
            return -1;                                                                                \
        }                                                                                             \
    } while (0)
// The call fails with that error number.
#define CHECK_ERROR(call, number)                                                                     \
    do {                                                                                              \
        errno = 0;                                                                                    \
        const long result_ = (long)(call);                                                            \
        if (result_ != -1 || errno != (number)) {                                                     \
            snprintf(guest_reason, sizeof guest_reason, "line %d: %s gives %ld, errno %d, not %s",     \
                     __LINE__, #call, result_, errno, #number);                                       \
            return -1;                                                                                \
        }                                                                                             \
    } while (0)

static inline void guest_report(const char *name, int result) {
    if (result == 0) {
        ++guest_ok;
        printf("ok %s\n", name);
    } else {
        ++guest_failed;
        printf("FAIL %s: %s\n", name, guest_reason);
    }
    fflush(stdout);
}
// A test is `static int name(void)` that returns 0, or -1 by a CHECK.
#define RUN(test) guest_report(#test, test())

static inline int guest_done(void) {
    printf("done %d ok, %d failed\n", guest_ok, guest_failed);
    fflush(stdout);
    return guest_failed != 0;
}

// Status of a child that runs `body` and then exits 0; -1 if there was none.
static inline int guest_child(void (*body)(void)) {
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0) return -1;
    if (child == 0) {
        body();
        _exit(0);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return status;
}
#define CHECK_DIES(body, number)                                                                      \
    do {                                                                                              \
        const int status_ = guest_child(body);                                                        \
        if (!WIFSIGNALED(status_) || WTERMSIG(status_) != (number)) {                                 \
            snprintf(guest_reason, sizeof guest_reason, "line %d: %s gives status %#x, not %s",        \
                     __LINE__, #body, (unsigned)status_, #number);                                    \
            return -1;                                                                                \
        }                                                                                             \
    } while (0)
#define CHECK_CHILD(body)                                                                             \
    do {                                                                                              \
        const int status_ = guest_child(body);                                                        \
        if (!WIFEXITED(status_) || WEXITSTATUS(status_) != 0) {                                       \
            snprintf(guest_reason, sizeof guest_reason, "line %d: %s gives status %#x", __LINE__, #body, \
                     (unsigned)status_);                                                              \
            return -1;                                                                                \
        }                                                                                             \
    } while (0)

// Is this process blocked in a call? As /proc/PID/stat tells it here and on Linux.
static inline int guest_is_asleep(pid_t pid) {
    char path[32], text[128] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    const int file = open(path, O_RDONLY);
    const ssize_t bytes = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0) close(file);
    const char *state = bytes > 0 ? strrchr(text, ')') : NULL;
    return state != NULL && state[1] == ' ' && state[2] == 'S';
}

// A word that a process and its children share; 0 at first. NULL: no memory.
static inline volatile int *guest_flag(void) {
    void *page = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? NULL : page;
}

// Waits for a child's turn without sleeping for a guess: yields until the condition holds.
#define WAIT_UNTIL(condition)                                                                         \
    do {                                                                                              \
        for (long turn_ = 0; !(condition); ++turn_) {                                                 \
            CHECK(turn_ < 10000000);                                                                  \
            syscall(SYS_sched_yield);                                                                 \
        }                                                                                             \
    } while (0)
