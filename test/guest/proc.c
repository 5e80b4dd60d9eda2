// /proc read by several at once, in every way there is, and every answer judged. With the name of a file as its argument
// it goes on until that file is there, and an input/output error is right now and then (then the server of /proc is
// killed under it); without, for a moment and without any error.
#include "guest.h"

#include <dirent.h>
#include <stdbool.h>
#include <time.h>

enum { rounds_alone = 2, right = 0, disturbed = -2 };  // -1: a CHECK failed

static volatile int *stop, *rounds, *errors;
static bool may_be_disturbed;

// ---- texts ----------------------------------------------------------------------------------------------

// The whole text of a file, by one read; `disturbed` for the one error that may be.
static int text_of(int file, char *text, size_t room) {
    errno = 0;
    const ssize_t bytes = pread(file, text, room - 1, 0);
    if (bytes < 0 && errno == EIO && may_be_disturbed) return disturbed;
    CHECK(bytes > 0);
    text[bytes] = 0;
    CHECK_EQ(text[bytes - 1], '\n');
    return right;
}

static int text_named(const char *path, char *text, size_t room) {
    errno = 0;
    const int file = open(path, O_RDONLY);
    if (file < 0 && errno == EIO && may_be_disturbed) return disturbed;
    CHECK(file >= 0);
    const int found = text_of(file, text, room);
    CHECK_EQ(close(file), 0);
    return found;
}

#define READ_TEXT(reading)                        \
    do {                                          \
        const int result_ = (reading);            \
        if (result_ != right) return result_;     \
    } while (0)

static int judge_stat(const char *text) {
    CHECK_EQ(strtol(text, NULL, 10), getpid());
    unsigned fields = 0;
    for (const char *at = text; *at != 0; ++at) fields += *at == ' ' || *at == '\n';
    CHECK_EQ(fields, 52);
    const char *state = strrchr(text, ')');
    CHECK(state != NULL);
    int parent = 0;
    CHECK_EQ(sscanf(state, ") %*c %d", &parent), 1);
    CHECK_EQ(parent, getppid());
    return right;
}

static double uptime_before, memory_before;

static int judge_uptime(const char *text) {
    double up = 0, idle = 0;
    CHECK_EQ(sscanf(text, "%lf %lf", &up, &idle), 2);
    CHECK(up >= uptime_before);
    uptime_before = up;
    return right;
}

static int judge_memory(const char *text) {
    double total = 0;
    CHECK_EQ(sscanf(text, "MemTotal: %lf kB", &total), 1);
    CHECK(memory_before == 0 || memory_before == total);
    memory_before = total;
    return right;
}

static int read_texts(void) {
    char text[8192], pid[16];
    READ_TEXT(text_named("/proc/self/stat", text, sizeof text));
    CHECK_EQ(judge_stat(text), right);
    READ_TEXT(text_named("/proc/uptime", text, sizeof text));
    CHECK_EQ(judge_uptime(text), right);
    READ_TEXT(text_named("/proc/meminfo", text, sizeof text));
    CHECK_EQ(judge_memory(text), right);
    READ_TEXT(text_named("/proc/mounts", text, sizeof text));
    CHECK(strstr(text, " /proc proc ") != NULL && strstr(text, " / ") != NULL);
    errno = 0;
    const ssize_t bytes = readlink("/proc/self", pid, sizeof pid - 1);
    if (bytes < 0 && errno == EIO && may_be_disturbed) return disturbed;
    CHECK(bytes > 0);
    pid[bytes] = 0;
    CHECK_EQ(atoi(pid), getpid());
    return right;
}

// ---- what was opened before -------------------------------------------------------------------------------

static int kept_open = -1;

static int read_what_is_open(void) {
    char text[8192];
    struct stat status;
    if (kept_open < 0) {
        CHECK((kept_open = open("/proc/uptime", O_RDONLY)) >= 0);
        CHECK_EQ(chdir("/proc"), 0);
    }
    READ_TEXT(text_of(kept_open, text, sizeof text));
    CHECK_EQ(judge_uptime(text), right);
    READ_TEXT(text_named("self/../meminfo", text, sizeof text));
    CHECK_EQ(judge_memory(text), right);
    errno = 0;
    if (fstat(kept_open, &status) != 0 || stat("self/status", &status) != 0)
        CHECK(errno == EIO && may_be_disturbed);
    else
        CHECK(S_ISREG(status.st_mode) && status.st_uid == geteuid());
    return right;
}

// ---- listings ---------------------------------------------------------------------------------------------

struct listing {
    unsigned fixed, self, parent;
    long last_pid;
};

static int judge_name(struct listing *seen, const char *name) {
    static const char *const names[] = {".", "..", "uptime", "meminfo", "mounts", "self", "stat", "version"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; ++i) {
        if (strcmp(name, names[i]) != 0) continue;
        CHECK_EQ(seen->fixed & 1u << i, 0);
        seen->fixed |= 1u << i;
    }
    const long pid = strtol(name, NULL, 10);
    if (pid == 0) return right;
    CHECK(pid > seen->last_pid);  // and so nobody twice
    seen->last_pid = pid;
    seen->self += pid == getpid();
    seen->parent += pid == getppid();
    return right;
}

// In pieces so small that a listing takes many calls.
static int list_from_the_start(int directory) {
    struct listing seen = {0, 0, 0, 0};
    char piece[160];
    if (lseek(directory, 0, SEEK_SET) != 0) {
        CHECK(errno == EIO && may_be_disturbed);
        return disturbed;
    }
    for (;;) {
        errno = 0;
        const long bytes = syscall(SYS_getdents64, directory, piece, sizeof piece);
        if (bytes < 0 && errno == EIO && may_be_disturbed) return disturbed;
        CHECK(bytes >= 0);
        if (bytes == 0) break;
        for (long at = 0; at < bytes;) {
            const struct dirent *entry = (const struct dirent *)(piece + at);
            CHECK(entry->d_reclen != 0);
            CHECK_EQ(judge_name(&seen, entry->d_name), right);
            at += entry->d_reclen;
        }
    }
    CHECK_EQ(seen.fixed, 0xff);
    CHECK(seen.self == 1 && seen.parent == 1);
    return right;
}

static int list_everything(void) {
    static int directory = -1;
    if (directory < 0) CHECK((directory = open("/proc", O_RDONLY | O_DIRECTORY)) >= 0);
    return list_from_the_start(directory);
}

// ---- all of them ------------------------------------------------------------------------------------------

static int (*const kinds[])(void) = {read_texts, read_what_is_open, list_everything};
enum { readers = sizeof kinds / sizeof kinds[0] };

static void read_until_the_end(int number) {
    do {
        const int result = kinds[number]();
        if (result == disturbed) ++errors[number];
        if (result == -1) {
            printf("reader %d: %s\n", number, guest_reason);
            fflush(stdout);
            _exit(1);
        }
        if (result == right) ++rounds[number];
        nanosleep(&(struct timespec){0, 8000000}, NULL);  // others have something to do as well
    } while (!*stop);
    _exit(0);
}

// Every one of them has come through so often from now on, and none has ended.
static int wait_for_rounds(int wanted) {
    int before[readers];
    for (int i = 0; i < readers; ++i) before[i] = rounds[i];
    for (int i = 0; i < readers; ++i) {
        int ended = 0;
        WAIT_UNTIL(rounds[i] >= before[i] + wanted || (ended = waitpid(-1, NULL, WNOHANG)) != 0);
        CHECK_EQ(ended, 0);
    }
    return 0;
}

static const char *until;  // this file is there; null: at once

static int every_answer_is_right(void) {
    for (int i = 0; i < readers; ++i) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) read_until_the_end(i);
    }
    CHECK_EQ(wait_for_rounds(rounds_alone), 0);
    if (until != NULL) {
        printf("readers are there\n");
        fflush(stdout);
        while (access(until, F_OK) != 0) nanosleep(&(struct timespec){0, 20000000}, NULL);
        CHECK_EQ(wait_for_rounds(rounds_alone), 0);
    }
    *stop = 1;
    for (int i = 0; i < readers; ++i) {
        int status = 0;
        CHECK(wait(&status) > 0);
        CHECK_EQ(status, 0);
    }
    int disturbances = 0;
    for (int i = 0; i < readers; ++i) disturbances += errors[i];
    printf("disturbed %d times\n", disturbances);
    return 0;
}

static volatile int *shared_numbers(void) {
    void *page = mmap(NULL, readers * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? NULL : page;
}

int main(int count, char **arguments) {
    if (count > 1) until = arguments[1];
    may_be_disturbed = until != NULL;
    stop = guest_flag();
    rounds = shared_numbers();
    errors = shared_numbers();
    if (stop == NULL || rounds == NULL || errors == NULL) return 1;
    RUN(every_answer_is_right);
    return guest_done();
}
