// A hundred processes that wait at VFS in every way there is, and a dozen that never stop asking it. With the name of a
// file as its argument it goes on until that file is there (then the system is changed under it); without, for a moment.
// Nobody may wait too long, wake too early or see another result than the right one.
#include "guest.h"

#include <poll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <time.h>

enum { waiters_of_a_kind = 17, busy_ones = 12 };

static volatile int *go, *stop, *rounds;
static int pipes[waiters_of_a_kind][2], silent[2];
static const char *fifo = "crowd.fifo", *lock_file = "crowd.lock", *region_file = "crowd.region";

// ---- those who wait -----------------------------------------------------------------------------------

static int read_a_pipe(int number) {
    char byte = 0;
    return read(pipes[number][0], &byte, 1) == 1 && byte == 'a' + number && *go ? 0 : 1;
}
static int poll_a_pipe(int number) {
    struct pollfd set[2] = {{pipes[number][1], 0, 0}, {silent[0], POLLIN, 0}};
    return poll(set, 2, -1) == 1 && set[1].revents == POLLIN && *go ? 0 : 2;
}
static int select_until_a_time(int number) {
    struct timeval time = {3600 + number, 0};
    fd_set in;
    FD_ZERO(&in);
    FD_SET(silent[0], &in);
    return select(silent[0] + 1, &in, NULL, NULL, &time) == 1 && *go ? 0 : 3;
}
static int flock_it(int number) {
    (void)number;
    const int file = open(lock_file, O_RDWR);
    if (file < 0 || flock(file, LOCK_SH) != 0 || !*go) return 4;
    return close(file) == 0 ? 0 : 4;
}
static int lock_a_region(int number) {
    const int file = open(region_file, O_RDWR);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = number, .l_len = 1};
    if (file < 0 || fcntl(file, F_SETLKW, &lock) != 0 || !*go) return 5;
    return close(file) == 0 ? 0 : 5;
}
static int open_a_fifo(int number) {
    (void)number;
    const int file = open(fifo, O_RDONLY);
    return file >= 0 && *go && close(file) == 0 ? 0 : 6;
}
static int (*const kinds[])(int) = {read_a_pipe, poll_a_pipe, select_until_a_time, flock_it, lock_a_region, open_a_fifo};
enum { kind_count = sizeof kinds / sizeof kinds[0], waiter_count = kind_count * waiters_of_a_kind };

// ---- those who ask --------------------------------------------------------------------------------------

// One round of everything; 0 if all of it was right.
static int ask_everything(int number, int round, const int channel[2]) {
    char name[32], other[32], text[64], back[64];
    snprintf(name, sizeof name, "crowd.%d", number);
    snprintf(other, sizeof other, "crowd.%d.moved", number);
    const int bytes = snprintf(text, sizeof text, "process %d, round %d", number, round);
    if (write(channel[1], text, (size_t)bytes) != bytes) return 10;
    if (read(channel[0], back, sizeof back) != bytes || memcmp(text, back, (size_t)bytes) != 0) return 11;
    const int file = open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (file < 0) return 12;
    if (write(file, text, (size_t)bytes) != bytes || lseek(file, 0, SEEK_SET) != 0) return 13;
    const int twin = dup(file);
    if (read(twin, back, 7) != 7 || read(file, back + 7, sizeof back - 7) != bytes - 7) return 14;
    if (memcmp(text, back, (size_t)bytes) != 0) return 15;
    struct stat status;
    if (fstat(file, &status) != 0 || status.st_size != bytes || status.st_nlink != 1) return 16;
    if (rename(name, other) != 0 || access(name, F_OK) == 0 || unlink(other) != 0) return 17;
    if (fstat(file, &status) != 0 || status.st_nlink != 0) return 18;
    if (close(file) != 0 || close(twin) != 0 || fcntl(twin, F_GETFD) != -1) return 19;
    struct pollfd set = {channel[0], POLLIN, 0};
    return poll(&set, 1, round % 3) == 0 ? 0 : 20;
}

static int ask_until_the_end(int number) {
    int channel[2];
    if (pipe(channel) != 0) return 9;
    for (int round = 0; !*stop; ++round) {
        const int wrong = ask_everything(number, round, channel);
        if (wrong != 0) return wrong;
        ++rounds[number];
    }
    return 0;
}

// ---- the crowd ------------------------------------------------------------------------------------------

static pid_t begin(int (*body)(int), int number) {
    const pid_t child = fork();
    if (child == 0) _exit(body(number));
    return child;
}

static int nobody_has_ended(void) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, WNOHANG);
    if (ended > 0) snprintf(guest_reason, sizeof guest_reason, "a child ended early: status %#x", (unsigned)status);
    return ended <= 0;
}

static int gather_end_of(int count) {
    for (int i = 0; i < count; ++i) {
        int status = 0;
        const pid_t child = wait(&status);
        CHECK(child > 0);
        CHECK_EQ(status, 0);
    }
    return 0;
}

static const char *until;  // this file is there; null: at once

static int crowd_goes_on(void) {
    pid_t waiters[waiter_count];
    CHECK_EQ(pipe(silent), 0);
    for (int i = 0; i < waiters_of_a_kind; ++i) CHECK_EQ(pipe(pipes[i]), 0);
    CHECK_EQ(mkfifo(fifo, 0600), 0);
    const int whole = open(lock_file, O_CREAT | O_RDWR, 0600), regions = open(region_file, O_CREAT | O_RDWR, 0600);
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
    CHECK_EQ(flock(whole, LOCK_EX), 0);
    CHECK_EQ(fcntl(regions, F_SETLK, &all), 0);
    for (int i = 0; i < waiter_count; ++i) {
        waiters[i] = begin(kinds[i % kind_count], i / kind_count);
        CHECK(waiters[i] > 0);
    }
    for (int i = 0; i < waiter_count; ++i) WAIT_UNTIL(guest_is_asleep(waiters[i]));
    for (int i = 0; i < busy_ones; ++i) CHECK(begin(ask_until_the_end, i) > 0);
    for (int i = 0; i < busy_ones; ++i) WAIT_UNTIL(rounds[i] > 1 || !nobody_has_ended());
    if (until != NULL) {
        printf("crowd is there\n");
        fflush(stdout);
        while (access(until, F_OK) != 0) {
            CHECK(nobody_has_ended());
            nanosleep(&(struct timespec){0, 20000000}, NULL);
        }
    }
    const int some = rounds[0];
    WAIT_UNTIL(rounds[0] > some + 1 || !nobody_has_ended());
    *stop = 1;
    CHECK_EQ(gather_end_of(busy_ones), 0);
    CHECK(nobody_has_ended());
    for (int i = 0; i < waiter_count; ++i) CHECK(guest_is_asleep(waiters[i]));

    *go = 1;
    for (int i = 0; i < waiters_of_a_kind; ++i) {
        const char byte = (char)('a' + i);
        CHECK_EQ(write(pipes[i][1], &byte, 1), 1);
    }
    CHECK_EQ(write(silent[1], "x", 1), 1);
    CHECK_EQ(flock(whole, LOCK_UN), 0);
    all.l_type = F_UNLCK;
    CHECK_EQ(fcntl(regions, F_SETLK, &all), 0);
    const int writer = open(fifo, O_WRONLY);
    CHECK(writer >= 0);
    CHECK_EQ(gather_end_of(waiter_count), 0);
    CHECK(close(writer) == 0 && close(whole) == 0 && close(regions) == 0);
    CHECK(close(silent[0]) == 0 && close(silent[1]) == 0);
    for (int i = 0; i < waiters_of_a_kind; ++i) CHECK(close(pipes[i][0]) == 0 && close(pipes[i][1]) == 0);
    CHECK(unlink(fifo) == 0 && unlink(lock_file) == 0 && unlink(region_file) == 0);
    return 0;
}

int main(int count, char **arguments) {
    if (count > 1) until = arguments[1];
    go = guest_flag();
    stop = guest_flag();
    rounds = mmap(NULL, busy_ones * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (go == NULL || stop == NULL || rounds == MAP_FAILED) return 1;
    RUN(crowd_goes_on);
    return guest_done();
}
