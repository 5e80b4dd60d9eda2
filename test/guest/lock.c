// Locks of files: byte ranges of a process (fcntl), of an open file (OFD), and of whole files (flock). Who is in whose
// way, when a lock ends, who comes next, and that two who wait for each other are told.
#include "puppet.h"

enum { cast_max = 4 };
static struct puppet cast[cast_max];
#define A (&cast[0])
#define B (&cast[1])
#define C (&cast[2])
#define D (&cast[3])

static int file = -1;

static int nobody_on_stage(void) {
    for (int i = 0; i < cast_max; ++i)
        if (cast[i].pid != 0) {
            kill(cast[i].pid, SIGKILL);
            if (leave(&cast[i]) != 0) return -1;
            cast[i].pid = 0;
        }
    return 0;
}

// Runs a test with that many puppets, and ends them whatever came of it.
static void perform(const char *name, int puppets, int (*test)(void)) {
    int result = 0;
    for (int i = 0; i < puppets && result == 0; ++i) result = enter(&cast[i]);
    if (result == 0) result = test();
    nobody_on_stage();
    guest_report(name, result);
}
#define PERFORM(puppets, test) perform(#test, puppets, test)

// What stands in the way of a write lock of [start, start + length).
static struct flock obstacle(int command, long start, long length) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    if (fcntl(file, command, &lock) != 0) lock.l_type = -1;
    return lock;
}
#define CHECK_OBSTACLE(start, length, type, from, bytes, owner)                \
    do {                                                                       \
        const struct flock found_ = obstacle(F_GETLK, start, length);          \
        CHECK_EQ(found_.l_type, type);                                         \
        CHECK_EQ(found_.l_start, from);                                        \
        CHECK_EQ(found_.l_len, bytes);                                         \
        CHECK_EQ(found_.l_pid, owner);                                         \
        CHECK_EQ(found_.l_whence, SEEK_SET);                                   \
    } while (0)
#define CHECK_FREE(start, length) CHECK_EQ(obstacle(F_GETLK, start, length).l_type, F_UNLCK)

static int lock_own(int descriptor, int command, short type, short whence, long start, long length) {
    struct flock lock = {.l_type = type, .l_whence = whence, .l_start = start, .l_len = length};
    return fcntl(descriptor, command, &lock);
}

// ---- byte ranges --------------------------------------------------------------------------------

static int readers_share_and_writers_do_not(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 10));
    GETS(B, EAGAIN, range(F_SETLK, F_WRLCK, 5, 10));
    GETS(B, EAGAIN, range(F_SETLK, F_RDLCK, 9, 1));
    GETS(B, 0, range(F_SETLK, F_WRLCK, 10, 10));
    GETS(A, 0, range(F_SETLK, F_RDLCK, 0, 10));
    GETS(B, 0, range(F_SETLK, F_RDLCK, 5, 5));
    GETS(A, EAGAIN, range(F_SETLK, F_WRLCK, 0, 10));
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 5));
    GETS(B, 0, range(F_SETLK, F_UNLCK, 0, 0));
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 0));
    return 0;
}

static int first_obstacle_is_told(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 50, 10));
    GETS(A, 0, range(F_SETLK, F_RDLCK, 20, 10));
    GETS(A, 0, range(F_SETLK, F_WRLCK, 80, 0));
    CHECK_OBSTACLE(0, 0, F_RDLCK, 20, 10, A->pid);
    CHECK_OBSTACLE(25, 100, F_RDLCK, 20, 10, A->pid);
    CHECK_OBSTACLE(30, 100, F_WRLCK, 50, 10, A->pid);
    CHECK_OBSTACLE(60, 1000, F_WRLCK, 80, 0, A->pid);
    CHECK_FREE(0, 20);
    CHECK_FREE(60, 20);
    return 0;
}

static int neighbours_are_joined(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 10));
    GETS(A, 0, range(F_SETLK, F_WRLCK, 20, 10));
    GETS(A, 0, range(F_SETLK, F_WRLCK, 10, 10));
    CHECK_OBSTACLE(0, 0, F_WRLCK, 0, 30, A->pid);
    GETS(A, 0, range(F_SETLK, F_RDLCK, 30, 10));  // of another kind
    CHECK_OBSTACLE(0, 0, F_WRLCK, 0, 30, A->pid);
    GETS(B, 0, range(F_SETLK, F_RDLCK, 35, 10));
    CHECK_OBSTACLE(40, 0, F_RDLCK, 35, 10, B->pid);
    GETS(A, 0, range(F_SETLK, F_RDLCK, 0, 30));
    CHECK_OBSTACLE(0, 0, F_RDLCK, 0, 40, A->pid);
    return 0;
}

static int middle_can_be_given_back(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 30));
    GETS(A, 0, range(F_SETLK, F_UNLCK, 10, 10));
    CHECK_OBSTACLE(0, 0, F_WRLCK, 0, 10, A->pid);
    CHECK_FREE(10, 10);
    CHECK_OBSTACLE(10, 0, F_WRLCK, 20, 10, A->pid);
    GETS(A, 0, range(F_SETLK, F_RDLCK, 5, 20));  // over the gap and into both pieces
    CHECK_OBSTACLE(0, 0, F_WRLCK, 0, 5, A->pid);
    CHECK_OBSTACLE(5, 0, F_RDLCK, 5, 20, A->pid);
    CHECK_OBSTACLE(25, 0, F_WRLCK, 25, 5, A->pid);
    return 0;
}

static int ranges_are_counted_from_anywhere(void) {
    CHECK_EQ(lock_own(file, F_SETLK, F_WRLCK, SEEK_END, -10, 20), 0);  // the file has 100 bytes
    GETS(A, 0, range(F_SETLK, F_WRLCK, 80, 10));
    GETS(A, EAGAIN, range(F_SETLK, F_WRLCK, 109, 1));
    GETS(A, 0, range(F_SETLK, F_WRLCK, 110, 1));
    GETS(A, 0, range(F_SETLK, F_UNLCK, 0, 0));
    CHECK_EQ(lock_own(file, F_SETLK, F_UNLCK, SEEK_SET, 0, 0), 0);
    CHECK_EQ(lseek(file, 40, SEEK_SET), 40);
    CHECK_EQ(lock_own(file, F_SETLK, F_WRLCK, SEEK_CUR, 0, -10), 0);  // 30 to 39
    GETS(A, EAGAIN, range(F_SETLK, F_WRLCK, 30, 1));
    GETS(A, EAGAIN, range(F_SETLK, F_WRLCK, 39, 1));
    GETS(A, 0, range(F_SETLK, F_WRLCK, 40, 10));
    GETS(A, 0, range(F_SETLK, F_WRLCK, 20, 10));
    CHECK_EQ(lock_own(file, F_SETLK, F_UNLCK, SEEK_SET, 0, 0), 0);
    return 0;
}

static int bad_ranges_are_refused(void) {
    const long last = 0x7fffffffffffffff;
    CHECK_ERROR(lock_own(file, F_SETLK, F_WRLCK, SEEK_SET, -1, 1), EINVAL);
    CHECK_ERROR(lock_own(file, F_SETLK, F_WRLCK, SEEK_SET, 5, -6), EINVAL);
    CHECK_ERROR(lock_own(file, F_SETLK, F_WRLCK, SEEK_END, last, 1), EOVERFLOW);
    CHECK_ERROR(lock_own(file, F_SETLK, F_WRLCK, SEEK_SET, last, 2), EOVERFLOW);
    CHECK_EQ(lock_own(file, F_SETLK, F_WRLCK, SEEK_SET, last, 1), 0);
    CHECK_EQ(lock_own(file, F_SETLK, F_UNLCK, SEEK_SET, 0, 0), 0);
    CHECK_ERROR(lock_own(file, F_SETLK, 7, SEEK_SET, 0, 1), EINVAL);
    CHECK_ERROR(lock_own(file, F_SETLK, F_WRLCK, 9, 0, 1), EINVAL);
    CHECK_ERROR(fcntl(file, F_SETLK, 0x1000), EFAULT);
    CHECK_ERROR(lock_own(-1, F_SETLK, F_WRLCK, SEEK_SET, 0, 1), EBADF);
    const int reader = open(LOCKED_FILE, O_RDONLY), path = open(LOCKED_FILE, O_PATH);
    CHECK(reader >= 0 && path >= 0);
    CHECK_ERROR(lock_own(reader, F_SETLK, F_WRLCK, SEEK_SET, 0, 1), EBADF);
    CHECK_ERROR(lock_own(path, F_SETLK, F_RDLCK, SEEK_SET, 0, 1), EBADF);
    CHECK_EQ(close(reader), 0);
    CHECK_EQ(close(path), 0);
    return 0;
}

// ---- how a lock ends ----------------------------------------------------------------------------

static int close_of_any_descriptor_ends_them(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 10));
    GIVE(B, range(F_SETLKW, F_WRLCK, 5, 1));
    WAITS(B);
    GETS(A, 0, (struct order){.what = close_extra});
    ANSWERS(B, 0);
    return 0;
}

static int children_do_not_have_them(void) {
    CHECK_EQ(lock_own(file, F_SETLK, F_WRLCK, SEEK_SET, 0, 10), 0);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        const int refused = lock_own(file, F_SETLK, F_WRLCK, SEEK_SET, 0, 10) == -1 && errno == EAGAIN;
        close(file);
        _exit(refused ? 0 : 1);
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    GETS(A, EAGAIN, range(F_SETLK, F_WRLCK, 0, 10));  // the child's close ended nothing of ours
    CHECK_EQ(lock_own(file, F_SETLK, F_UNLCK, SEEK_SET, 0, 0), 0);
    return 0;
}

static int death_of_the_holder_lets_the_next_in(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 10));
    GIVE(B, range(F_SETLKW, F_WRLCK, 0, 10));
    WAITS(B);
    CHECK_EQ(kill(A->pid, SIGKILL), 0);
    ANSWERS(B, 0);
    return 0;
}

// A child that locks the file, marks its descriptor as told, and runs this program, which waits.
static pid_t locker_that_execs(int close_on_exec, int *running) {
    int out[2];
    char byte;
    CHECK_EQ(pipe(out), 0);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        dup2(out[1], 1);
        close(out[0]);
        close(out[1]);
        fcntl(file, F_SETFD, close_on_exec ? FD_CLOEXEC : 0);
        if (lock_own(file, F_SETLK, F_WRLCK, SEEK_SET, 0, 10) != 0) _exit(1);
        execl("/proc/self/exe", "lock", "wait", NULL);
        execl("/test/lock", "lock", "wait", NULL);
        _exit(2);
    }
    close(out[1]);
    *running = read(out[0], &byte, 1) == 1;
    close(out[0]);
    return child;
}
static int exec_keeps_them_unless_it_closes_the_file(void) {
    int status = 0;
    for (int close_on_exec = 0; close_on_exec < 2; ++close_on_exec) {
        int running = 0;
        const pid_t child = locker_that_execs(close_on_exec, &running);
        CHECK(child > 0);
        CHECK_EQ(running, 1);
        GETS(A, close_on_exec ? 0 : EAGAIN, range(F_SETLK, F_WRLCK, 0, 10));
        CHECK_EQ(kill(child, SIGKILL), 0);
        CHECK_EQ(waitpid(child, &status, 0), child);
        GETS(A, 0, range(F_SETLK, F_UNLCK, 0, 0));
    }
    return 0;
}

// ---- waiting ------------------------------------------------------------------------------------

static int waiters_come_in_their_order(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 10));
    struct puppet *const waiters[] = {B, C, D};
    for (int i = 0; i < 3; ++i) {
        GIVE(waiters[i], range(F_SETLKW, F_WRLCK, 0, 10));
        WAITS(waiters[i]);
    }
    GETS(A, 0, range(F_SETLK, F_UNLCK, 0, 10));
    for (int i = 0; i < 3; ++i) {
        ANSWERS(waiters[i], 0);
        for (int j = i + 1; j < 3; ++j) WAITS(waiters[j]);
        GETS(waiters[i], 0, range(F_SETLK, F_UNLCK, 0, 10));
    }
    return 0;
}

static int readers_come_together(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 10));
    GIVE(B, range(F_SETLKW, F_RDLCK, 0, 10));
    WAITS(B);
    GIVE(C, range(F_SETLKW, F_RDLCK, 5, 1));
    WAITS(C);
    GETS(A, 0, range(F_SETLK, F_RDLCK, 0, 10));  // a writer that becomes a reader lets them in
    ANSWERS(B, 0);
    ANSWERS(C, 0);
    return 0;
}

static int killed_waiter_is_in_nobodys_way(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 10));
    GIVE(B, range(F_SETLKW, F_WRLCK, 0, 10));
    WAITS(B);
    GIVE(C, range(F_SETLKW, F_WRLCK, 0, 10));
    WAITS(C);
    CHECK_EQ(kill(B->pid, SIGKILL), 0);
    CHECK_EQ(leave(B), 0);
    B->pid = 0;
    WAITS(C);
    GETS(A, 0, range(F_SETLK, F_UNLCK, 0, 10));
    ANSWERS(C, 0);
    return 0;
}

static int signal_ends_the_wait(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 10));
    GIVE(B, range(F_SETLKW, F_WRLCK, 0, 10));
    WAITS(B);
    CHECK_EQ(kill(B->pid, SIGUSR1), 0);
    ANSWERS(B, EINTR);
    GETS(A, 0, range(F_SETLK, F_UNLCK, 0, 10));
    CHECK_FREE(0, 0);  // who gave up has nothing
    return 0;
}

static int deadlock_of_two_is_told(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 1));
    GETS(B, 0, range(F_SETLK, F_WRLCK, 1, 1));
    GIVE(A, range(F_SETLKW, F_WRLCK, 1, 1));
    WAITS(A);
    GETS(B, EDEADLK, range(F_SETLKW, F_WRLCK, 0, 1));
    GETS(B, EAGAIN, range(F_SETLK, F_WRLCK, 0, 1));  // who does not wait cannot be in a deadlock
    WAITS(A);
    GETS(B, 0, range(F_SETLK, F_UNLCK, 1, 1));
    ANSWERS(A, 0);
    return 0;
}

static int deadlock_of_three_is_told(void) {
    GETS(A, 0, range(F_SETLK, F_WRLCK, 0, 1));
    GETS(B, 0, range(F_SETLK, F_WRLCK, 1, 1));
    GETS(C, 0, range(F_SETLK, F_WRLCK, 2, 1));
    GIVE(A, range(F_SETLKW, F_RDLCK, 1, 1));
    WAITS(A);
    GIVE(B, range(F_SETLKW, F_WRLCK, 2, 1));
    WAITS(B);
    GIVE(D, range(F_SETLKW, F_WRLCK, 0, 3));  // waits for all of them, and nobody for it
    WAITS(D);
    GETS(C, EDEADLK, range(F_SETLKW, F_WRLCK, 0, 1));
    GETS(C, 0, range(F_SETLK, F_UNLCK, 0, 0));
    ANSWERS(B, 0);
    GETS(B, 0, range(F_SETLK, F_UNLCK, 0, 0));
    ANSWERS(A, 0);
    return 0;
}

static int readers_that_both_want_to_write_are_told(void) {
    GETS(A, 0, range(F_SETLK, F_RDLCK, 0, 1));
    GETS(B, 0, range(F_SETLK, F_RDLCK, 0, 1));
    GIVE(A, range(F_SETLKW, F_WRLCK, 0, 1));
    WAITS(A);
    GETS(B, EDEADLK, range(F_SETLKW, F_WRLCK, 0, 1));
    GETS(B, 0, range(F_SETLK, F_UNLCK, 0, 1));
    ANSWERS(A, 0);
    return 0;
}

// ---- of an open file ----------------------------------------------------------------------------

static int open_files_lock_against_each_other(void) {
    const int other = open(LOCKED_FILE, O_RDWR), third = open(LOCKED_FILE, O_RDWR);
    CHECK(other >= 0 && third >= 0);
    CHECK_EQ(lock_own(other, F_OFD_SETLK, F_WRLCK, SEEK_SET, 0, 10), 0);
    CHECK_ERROR(lock_own(third, F_OFD_SETLK, F_WRLCK, SEEK_SET, 5, 10), EAGAIN);
    CHECK_ERROR(lock_own(file, F_SETLK, F_WRLCK, SEEK_SET, 5, 10), EAGAIN);  // nor with those of its own process
    CHECK_EQ(lock_own(other, F_OFD_SETLK, F_RDLCK, SEEK_SET, 0, 10), 0);
    CHECK_EQ(close(third), 0);  // ends nothing
    GETS(A, EAGAIN, range(F_SETLK, F_WRLCK, 0, 10));
    CHECK_EQ(obstacle(F_GETLK, 0, 0).l_pid, -1);
    CHECK_EQ(obstacle(F_OFD_GETLK, 0, 0).l_start, 0);
    struct flock named = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1, .l_pid = getpid()};
    CHECK_ERROR(fcntl(file, F_OFD_SETLK, &named), EINVAL);
    const int twin = dup(other);
    CHECK_EQ(close(other), 0);
    GIVE(A, range(F_SETLKW, F_WRLCK, 0, 10));
    WAITS(A);
    CHECK_EQ(close(twin), 0);  // the last
    ANSWERS(A, 0);
    return 0;
}

static int whole_files_are_shared_or_not(void) {
    GETS(A, 0, whole(LOCK_SH));
    GETS(B, 0, whole(LOCK_SH));
    GETS(C, EWOULDBLOCK, whole(LOCK_EX | LOCK_NB));
    GETS(C, 0, range(F_SETLK, F_WRLCK, 0, 0));  // the other family does not see them
    GIVE(C, whole(LOCK_EX));
    WAITS(C);
    GETS(A, 0, whole(LOCK_UN));
    WAITS(C);
    GETS(B, 0, (struct order){.what = close_file});
    ANSWERS(C, 0);
    GETS(A, EWOULDBLOCK, whole(LOCK_SH | LOCK_NB));
    GETS(A, EINVAL, whole(LOCK_SH | LOCK_EX));
    GETS(A, EINVAL, whole(0));
    const int path = open(LOCKED_FILE, O_PATH);
    CHECK(path >= 0);
    CHECK_ERROR(flock(path, LOCK_SH), EBADF);
    CHECK_EQ(close(path), 0);
    return 0;
}

static int whole_lock_ends_with_its_last_descriptor(void) {
    const int own = open(LOCKED_FILE, O_RDONLY), again = open(LOCKED_FILE, O_RDONLY);
    CHECK(own >= 0 && again >= 0);
    CHECK_EQ(flock(own, LOCK_EX), 0);
    CHECK_ERROR(flock(again, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    fflush(stdout);
    int stay[2];
    char byte;
    CHECK_EQ(pipe2(stay, O_CLOEXEC), 0);
    const pid_t child = fork();  // has the same open file
    if (child == 0) {
        close(stay[1]);
        _exit(flock(own, LOCK_EX) == 0 && read(stay[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(stay[0]);
    CHECK_EQ(close(own), 0);
    CHECK_ERROR(flock(again, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    GIVE(A, whole(LOCK_EX));
    WAITS(A);
    close(stay[1]);
    ANSWERS(A, 0);
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(close(again), 0);
    return 0;
}

// A lock that changes its mode is given back first (flock(2)): so these two do not wait for each other.
static int whole_readers_that_both_want_to_write_go_on(void) {
    GETS(A, 0, whole(LOCK_SH));
    GETS(B, 0, whole(LOCK_SH));
    GIVE(A, whole(LOCK_EX));
    WAITS(A);
    GIVE(B, whole(LOCK_EX));
    struct pollfd answered[] = {{A->answers, POLLIN, 0}, {B->answers, POLLIN, 0}};
    CHECK_EQ(poll(answered, 2, 10000), 1);
    struct puppet *const winner = answered[0].revents != 0 ? A : B, *const other = winner == A ? B : A;
    ANSWERS(winner, 0);
    WAITS(other);
    GETS(winner, 0, whole(LOCK_UN));
    ANSWERS(other, 0);
    GETS(winner, EWOULDBLOCK, whole(LOCK_SH | LOCK_NB));
    return 0;
}

static int failed_change_of_a_whole_lock_loses_it(void) {
    GETS(A, 0, whole(LOCK_SH));
    GETS(B, 0, whole(LOCK_SH));
    GETS(A, EWOULDBLOCK, whole(LOCK_EX | LOCK_NB));
    GETS(B, 0, whole(LOCK_EX | LOCK_NB));
    return 0;
}

static int whole_waiters_end_by_signal_and_death(void) {
    GETS(A, 0, whole(LOCK_EX));
    GIVE(B, whole(LOCK_EX));
    WAITS(B);
    GIVE(C, whole(LOCK_SH));
    WAITS(C);
    CHECK_EQ(kill(B->pid, SIGUSR1), 0);
    ANSWERS(B, EINTR);
    CHECK_EQ(kill(A->pid, SIGKILL), 0);
    ANSWERS(C, 0);
    return 0;
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "wait") == 0) {
        if (write(1, "x", 1) == 1) pause();
        return 1;
    }
    file = open(LOCKED_FILE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, 100) != 0) return 1;
    PERFORM(2, readers_share_and_writers_do_not);
    PERFORM(1, first_obstacle_is_told);
    PERFORM(2, neighbours_are_joined);
    PERFORM(1, middle_can_be_given_back);
    PERFORM(1, ranges_are_counted_from_anywhere);
    PERFORM(0, bad_ranges_are_refused);
    PERFORM(2, close_of_any_descriptor_ends_them);
    PERFORM(1, children_do_not_have_them);
    PERFORM(2, death_of_the_holder_lets_the_next_in);
    PERFORM(1, exec_keeps_them_unless_it_closes_the_file);
    PERFORM(4, waiters_come_in_their_order);
    PERFORM(3, readers_come_together);
    PERFORM(3, killed_waiter_is_in_nobodys_way);
    PERFORM(2, signal_ends_the_wait);
    PERFORM(2, deadlock_of_two_is_told);
    PERFORM(4, deadlock_of_three_is_told);
    PERFORM(2, readers_that_both_want_to_write_are_told);
    PERFORM(1, open_files_lock_against_each_other);
    PERFORM(3, whole_files_are_shared_or_not);
    PERFORM(1, whole_lock_ends_with_its_last_descriptor);
    PERFORM(2, whole_readers_that_both_want_to_write_go_on);
    PERFORM(2, failed_change_of_a_whole_lock_loses_it);
    PERFORM(3, whole_waiters_end_by_signal_and_death);
    close(file);
    unlink(LOCKED_FILE);
    return guest_done();
}
