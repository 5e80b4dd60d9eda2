// Processes that lock at command, one order at a time, so that a test chooses who does what when.
#pragma once

#include "guest.h"

#include <poll.h>
#include <sys/file.h>

#define LOCKED_FILE "locked"

enum what { fcntl_lock, whole_lock, close_extra, close_file };

struct order {
    enum what what;
    int command;  // F_SETLK and its kind, or LOCK_SH and its kind
    short type;
    long start, length;
};

struct puppet {
    pid_t pid;
    int orders, answers;
    volatile int *issued;  // how many orders it has begun
    int given;
};

static void noticed(int number) { (void)number; }

static int obey(int file, int *extra, const struct order *order) {
    struct flock lock = {.l_type = order->type, .l_whence = SEEK_SET, .l_start = order->start, .l_len = order->length};
    errno = 0;
    switch (order->what) {
        case fcntl_lock: return fcntl(file, order->command, &lock) == 0 ? 0 : errno;
        case whole_lock: return flock(file, order->command) == 0 ? 0 : errno;
        case close_extra: return close(*extra) == 0 ? 0 : errno;
        case close_file: return close(file) == 0 ? 0 : errno;
    }
    return EINVAL;
}

static void play(int orders, int answers, volatile int *issued) {
    struct sigaction action = {.sa_handler = noticed};  // no SA_RESTART: SIGUSR1 ends a wait
    sigaction(SIGUSR1, &action, NULL);
    const int file = open(LOCKED_FILE, O_RDWR);
    int extra = open(LOCKED_FILE, O_RDONLY);
    if (file < 0 || extra < 0) _exit(1);
    struct order order;
    while (read(orders, &order, sizeof order) == sizeof order) {
        ++*issued;
        const int answer = obey(file, &extra, &order);
        if (write(answers, &answer, sizeof answer) != sizeof answer) _exit(2);
    }
    _exit(0);
}

// Has opened the file twice: the one it locks, and the extra one.
static int enter(struct puppet *puppet) {
    int orders[2], answers[2];
    CHECK_EQ(pipe2(orders, O_CLOEXEC), 0);
    CHECK_EQ(pipe2(answers, O_CLOEXEC), 0);
    puppet->issued = guest_flag();
    CHECK(puppet->issued != NULL);
    puppet->given = 0;
    fflush(stdout);
    puppet->pid = fork();
    CHECK(puppet->pid >= 0);
    if (puppet->pid == 0) {
        close(orders[1]);
        close(answers[0]);
        play(orders[0], answers[1], puppet->issued);
    }
    close(orders[0]);
    close(answers[1]);
    puppet->orders = orders[1];
    puppet->answers = answers[0];
    return 0;
}

static int give(struct puppet *puppet, struct order order) {
    CHECK_EQ(write(puppet->orders, &order, sizeof order), sizeof order);
    ++puppet->given;
    return 0;
}

// What came of the last order: 0 or an error number; -1 when the puppet died.
static int answer_of(struct puppet *puppet) {
    int answer = -1;
    return read(puppet->answers, &answer, sizeof answer) == sizeof answer ? answer : -1;
}

// Does it wait inside its call? Whoever has its answer does not; nobody reads orders before the answer is written.
static int waits(struct puppet *puppet) {
    struct pollfd answered = {puppet->answers, POLLIN, 0};
    WAIT_UNTIL(*puppet->issued == puppet->given && (poll(&answered, 1, 0) != 0 || guest_is_asleep(puppet->pid)));
    return poll(&answered, 1, 0) == 0;
}

static int leave(struct puppet *puppet) {
    close(puppet->orders);
    close(puppet->answers);
    int status = 0;
    const pid_t ended = waitpid(puppet->pid, &status, 0);
    munmap((void *)puppet->issued, sizeof(int));
    return ended == puppet->pid ? 0 : -1;
}

static inline struct order range(int command, short type, long start, long length) {
    return (struct order){fcntl_lock, command, type, start, length};
}
static inline struct order whole(int operation) { return (struct order){whole_lock, operation, 0, 0, 0}; }

#define GIVE(puppet, ...)                                \
    do {                                                 \
        if (give(puppet, __VA_ARGS__) != 0) return -1;   \
    } while (0)
// The order is answered at once, or in the end, with that error number; 0 is success.
#define ANSWERS(puppet, expected) CHECK_EQ(answer_of(puppet), expected)
#define GETS(puppet, expected, ...)    \
    do {                               \
        GIVE(puppet, __VA_ARGS__);     \
        ANSWERS(puppet, expected);     \
    } while (0)
#define WAITS(puppet) CHECK_EQ(waits(puppet), 1)
