// Pipes, FIFOs, and waiting for many descriptors at once.
#include "guest.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <time.h>

static int bytes_arrive_in_order(void) {
    enum { bytes = 1 << 20 };
    int data[2];
    CHECK_EQ(pipe(data), 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        close(data[0]);
        static unsigned char out[5000];
        for (long done = 0; done < bytes;) {
            long part = done % 4999 + 1;
            if (part > bytes - done) part = bytes - done;
            for (long i = 0; i < part; ++i) out[i] = (unsigned char)((done + i) * 7 % 251);
            if (write(data[1], out, (size_t)part) != part) _exit(1);
            done += part;
        }
        _exit(0);
    }
    close(data[1]);
    static unsigned char in[7000];
    long total = 0;
    for (;;) {
        const ssize_t part = read(data[0], in, sizeof in);
        CHECK(part >= 0);
        if (part == 0) break;
        for (ssize_t i = 0; i < part; ++i) CHECK_EQ(in[i], (total + i) * 7 % 251);
        total += part;
    }
    CHECK_EQ(total, bytes);
    close(data[0]);
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    return 0;
}

static int round_trips(void) {
    int there[2], back[2];
    CHECK_EQ(pipe(there), 0);
    CHECK_EQ(pipe(back), 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        char byte;
        close(there[1]);
        while (read(there[0], &byte, 1) == 1)
            if (write(back[1], &byte, 1) != 1) _exit(1);
        _exit(0);
    }
    for (int i = 0; i < 1000; ++i) {
        char byte = (char)i, answer = 0;
        CHECK_EQ(write(there[1], &byte, 1), 1);
        CHECK_EQ(read(back[0], &answer, 1), 1);
        CHECK_EQ(answer, byte);
    }
    for (int i = 0; i < 2; ++i) {
        close(there[i]);
        close(back[i]);
    }
    CHECK_EQ(waitpid(child, NULL, 0), child);
    return 0;
}

static int end_of_file_when_the_last_writer_closes(void) {
    int data[2];
    char byte;
    CHECK_EQ(pipe(data), 0);
    const int second = dup(data[1]);
    CHECK_EQ(write(second, "x", 1), 1);
    CHECK_EQ(close(data[1]), 0);
    CHECK_EQ(read(data[0], &byte, 1), 1);
    CHECK_EQ(close(second), 0);
    CHECK_EQ(read(data[0], &byte, 1), 0);
    CHECK_EQ(close(data[0]), 0);
    return 0;
}

static void write_to_nobody(void) {
    int data[2];
    if (pipe(data) != 0) _exit(1);
    close(data[0]);
    (void)!write(data[1], "x", 1);
}
static int broken_pipe(void) {
    CHECK_DIES(write_to_nobody, SIGPIPE);
    int data[2];
    CHECK_EQ(pipe(data), 0);
    CHECK_EQ(close(data[0]), 0);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERROR(write(data[1], "x", 1), EPIPE);
    signal(SIGPIPE, SIG_DFL);
    CHECK_EQ(close(data[1]), 0);
    return 0;
}

static int nonblocking(void) {
    int data[2];
    char page[4096] = {0};
    CHECK_EQ(pipe2(data, O_NONBLOCK | O_CLOEXEC), 0);
    CHECK_EQ(fcntl(data[0], F_GETFD), FD_CLOEXEC);
    CHECK_ERROR(read(data[0], page, 1), EAGAIN);
    long total = 0;
    ssize_t part;
    while ((part = write(data[1], page, sizeof page)) > 0) total += part;
    CHECK_EQ(part, -1);
    CHECK_EQ(errno, EAGAIN);
    CHECK(total >= 4096);
    int waiting = 0;
    CHECK_EQ(ioctl(data[0], FIONREAD, &waiting), 0);
    CHECK_EQ(waiting, total);
    CHECK_EQ(read(data[0], page, sizeof page), 4096);
    CHECK_EQ(write(data[1], page, sizeof page), 4096);
    CHECK_EQ(close(data[0]), 0);
    CHECK_EQ(close(data[1]), 0);
    return 0;
}

static int small_writes_are_whole(void) {
    int data[2];
    CHECK_EQ(pipe(data), 0);
    for (int writer = 0; writer < 4; ++writer) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            char record[512];
            memset(record, 'a' + writer, sizeof record);
            for (int i = 0; i < 200; ++i)
                if (write(data[1], record, sizeof record) != (ssize_t)sizeof record) _exit(1);
            _exit(0);
        }
    }
    close(data[1]);
    char record[512];
    for (int i = 0; i < 800; ++i) {
        for (size_t done = 0; done < sizeof record;) {
            const ssize_t part = read(data[0], record + done, sizeof record - done);
            CHECK(part > 0);
            done += (size_t)part;
        }
        for (size_t k = 1; k < sizeof record; ++k) CHECK_EQ(record[k], record[0]);
    }
    CHECK_EQ(read(data[0], record, 1), 0);
    close(data[0]);
    for (int i = 0; i < 4; ++i) CHECK(wait(NULL) > 0);
    return 0;
}

static int fifo_joins_strangers(void) {
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        const int out = open("fifo", O_WRONLY);
        _exit(out >= 0 && write(out, "through", 7) == 7 ? 0 : 1);
    }
    const int in = open("fifo", O_RDONLY);
    CHECK(in >= 0);
    char text[8] = {0};
    CHECK_EQ(read(in, text, 7), 7);
    CHECK_EQ(strcmp(text, "through"), 0);
    CHECK_EQ(close(in), 0);
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_ERROR(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
    CHECK_EQ(unlink("fifo"), 0);
    return 0;
}

static int pipes_do_not_seek(void) {
    int data[2];
    CHECK_EQ(pipe(data), 0);
    CHECK_ERROR(lseek(data[0], 0, SEEK_SET), ESPIPE);
    char byte;
    CHECK_ERROR(pread(data[0], &byte, 1, 0), ESPIPE);
    CHECK_ERROR(read(data[1], &byte, 1), EBADF);
    CHECK_ERROR(write(data[0], &byte, 1), EBADF);
    struct stat info;
    CHECK_EQ(fstat(data[0], &info), 0);
    CHECK(S_ISFIFO(info.st_mode));
    close(data[0]);
    close(data[1]);
    return 0;
}

static int poll_tells_states(void) {
    int data[2];
    CHECK_EQ(pipe(data), 0);
    struct pollfd set[3] = {{data[0], POLLIN, 0}, {data[1], POLLOUT, 0}, {-1, POLLIN, 7}};
    CHECK_EQ(poll(set, 3, 0), 1);
    CHECK_EQ(set[0].revents, 0);
    CHECK_EQ(set[1].revents, POLLOUT);
    CHECK_EQ(set[2].revents, 0);
    CHECK_EQ(write(data[1], "x", 1), 1);
    CHECK_EQ(poll(set, 1, -1), 1);
    CHECK_EQ(set[0].revents, POLLIN);
    close(data[1]);
    char byte;
    CHECK_EQ(read(data[0], &byte, 1), 1);
    CHECK_EQ(poll(set, 1, -1), 1);
    CHECK_EQ(set[0].revents, POLLHUP);
    close(data[0]);
    CHECK_EQ(poll(set, 1, -1), 1);
    CHECK_EQ(set[0].revents, POLLNVAL);
    return 0;
}

static int poll_wakes_up(void) {
    int data[2];
    CHECK_EQ(pipe(data), 0);
    volatile int *polling = guest_flag();
    CHECK(polling != NULL);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        WAIT_UNTIL(*polling && guest_is_asleep(getppid()));
        _exit(write(data[1], "x", 1) == 1 ? 0 : 1);
    }
    struct pollfd set = {data[0], POLLIN, 0};
    *polling = 1;
    CHECK_EQ(poll(&set, 1, 20000), 1);
    munmap((void *)polling, sizeof *polling);
    CHECK_EQ(set.revents, POLLIN);
    CHECK_EQ(waitpid(child, NULL, 0), child);
    close(data[0]);
    close(data[1]);
    return 0;
}

static int poll_times_out(void) {
    int data[2];
    struct timespec before, after;
    CHECK_EQ(pipe(data), 0);
    struct pollfd set = {data[0], POLLIN, 0};
    clock_gettime(CLOCK_MONOTONIC, &before);
    CHECK_EQ(poll(&set, 1, 50), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    CHECK((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec >= 50000000);
    CHECK_EQ(poll(NULL, 0, 10), 0);
    close(data[0]);
    close(data[1]);
    return 0;
}

static int select_works(void) {
    int data[2];
    fd_set in, out;
    CHECK_EQ(pipe(data), 0);
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(data[0], &in);
    FD_SET(data[1], &out);
    struct timeval moment = {0, 20000};
    CHECK_EQ(select(data[1] + 1, &in, &out, NULL, &moment), 1);
    CHECK(!FD_ISSET(data[0], &in) && FD_ISSET(data[1], &out));
    FD_SET(data[0], &in);
    moment = (struct timeval){0, 20000};
    CHECK_EQ(select(data[0] + 1, &in, NULL, NULL, &moment), 0);
    CHECK(!FD_ISSET(data[0], &in));
    CHECK_EQ(write(data[1], "x", 1), 1);
    FD_SET(data[0], &in);
    CHECK_EQ(select(data[0] + 1, &in, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(data[0], &in));
    close(data[0]);
    FD_ZERO(&in);
    FD_SET(data[0], &in);
    CHECK_ERROR(select(data[0] + 1, &in, NULL, NULL, NULL), EBADF);
    CHECK_ERROR(select(-1, NULL, NULL, NULL, NULL), EINVAL);
    close(data[1]);
    return 0;
}

int main(void) {
    RUN(bytes_arrive_in_order);
    RUN(round_trips);
    RUN(end_of_file_when_the_last_writer_closes);
    RUN(broken_pipe);
    RUN(nonblocking);
    RUN(small_writes_are_whole);
    RUN(fifo_joins_strangers);
    RUN(pipes_do_not_seek);
    RUN(poll_tells_states);
    RUN(poll_wakes_up);
    RUN(poll_times_out);
    RUN(select_works);
    return guest_done();
}
