// Programs that wait at a device whose driver dies: the kernel log's, which is started again, and one of the same kind that
// nobody brings back. On another system than Axolotl there is nothing to test.
#include "guest.h"
#include "rs_call.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sysmacros.h>

enum { patience = 60000 };  // ms; nothing waits this long when all is well

static const char *device, *crash;  // what is opened, and the command that ends its driver

static void require(int condition, int code) {
    if (!condition) _exit(code);
}
static int shell(const char *command) {
    fflush(stdout);
    return system(command);
}

static volatile int *begun;  // the child waits from here on, but for what is logged meanwhile

static void drain(int file) {
    char text[512];
    while (read(file, text, sizeof text) > 0) continue;
}
// Of a reader for whom there is nothing more.
static int opened_and_drained(void) {
    const int file = open(device, O_RDWR | O_NONBLOCK);
    require(file >= 0, 1);
    drain(file);
    require(errno == EAGAIN, 2);
    return file;
}

static void dead_for_all_calls(int file) {
    char byte;
    struct pollfd one = {file, POLLIN | POLLOUT, 0};
    require(poll(&one, 1, -1) == 1 && (one.revents & (POLLERR | POLLHUP)) == (POLLERR | POLLHUP), 10);
    require(read(file, &byte, 1) == -1 && errno == EIO, 11);
    require(write(file, "x", 1) == -1 && errno == EIO, 12);
    require(ioctl(file, FIONREAD, &byte) == -1 && errno == EIO, 13);
    require(close(file) == 0, 14);
}

static void polls(void) {
    const int file = opened_and_drained();
    struct pollfd both[2] = {{file, POLLIN, 0}, {file, POLLPRI, 0}};
    *begun = 1;
    while (poll(both, 2, patience) == 1 && both[0].revents == POLLIN) drain(file);
    for (int i = 0; i < 2; ++i) require(both[i].revents == (POLLERR | POLLHUP), 4);
    dead_for_all_calls(file);
}
static void selects(void) {
    const int file = opened_and_drained();
    fd_set readable, special;
    *begun = 1;
    do {
        struct timeval limit = {patience / 1000, 0};
        drain(file);
        FD_ZERO(&readable);
        FD_ZERO(&special);
        FD_SET(file, &readable);
        FD_SET(file, &special);
        errno = 0;
        require(select(file + 1, &readable, NULL, &special, &limit) == 1, 5);
        require(FD_ISSET(file, &readable) && !FD_ISSET(file, &special), 6);
        drain(file);
    } while (errno == EAGAIN);
    dead_for_all_calls(file);
}
static void reads(void) {
    char byte;
    const int file = opened_and_drained();
    require(fcntl(file, F_SETFL, O_RDWR) == 0, 7);
    *begun = 1;
    while (read(file, &byte, 1) == 1) continue;
    require(errno == EIO, 8);
    dead_for_all_calls(file);
}

static pid_t asleep_in(void (*body)(void)) {
    fflush(stdout);
    *begun = 0;
    const pid_t child = fork();
    if (child == 0) {
        alarm(2 * patience / 1000);
        body();
        _exit(0);
    }
    while (child > 0 && !(*begun && guest_is_asleep(child)) && waitpid(child, NULL, WNOHANG) == 0)
        syscall(SYS_sched_yield);
    return child;
}

static int everybody_who_waits_is_told(void) {
    static void (*const bodies[])(void) = {polls, selects, reads, polls};
    enum { count = sizeof bodies / sizeof bodies[0] };
    pid_t children[count];
    for (int i = 0; i < count; ++i) {
        children[i] = asleep_in(bodies[i]);
        CHECK(children[i] > 0);
    }
    CHECK_EQ(shell(crash), 0);
    for (int i = 0; i < count; ++i) {
        int status = 0;
        CHECK_EQ(waitpid(children[i], &status, 0), children[i]);
        CHECK(WIFEXITED(status));
        CHECK_EQ(WEXITSTATUS(status), 0);
    }
    return 0;
}

// Another open of the device works, waits, and is told of what comes.
static int device_works_anew(void) {
    struct pollfd one = {-1, POLLIN | POLLOUT, 0};
    WAIT_UNTIL((one.fd = open(device, O_RDWR | O_NONBLOCK)) >= 0);
    const int other = opened_and_drained();
    CHECK_EQ(poll(&one, 1, patience), 1);
    CHECK((one.revents & (POLLERR | POLLHUP)) == 0);
    CHECK_EQ(write(other, "anew\n", 5), 5);
    one.events = POLLIN;
    CHECK_EQ(poll(&one, 1, patience), 1);
    CHECK_EQ(one.revents, POLLIN);
    CHECK_EQ(close(one.fd), 0);
    CHECK_EQ(close(other), 0);
    return 0;
}

static int driver_that_is_started_again(void) {
    device = "/dev/klog";
    crash = "service fi log segv";
    if (everybody_who_waits_is_told() != 0) return -1;
    return device_works_anew();
}

#define UP_AGAIN "service up /usr/lib/services/log -label second -dev /dev/second -config second.conf "

static int open_of_a_driver_that_is_down_is_an_error(void) {
    CHECK_ERROR(open("/dev/second", O_RDWR), EIO);
    return 0;
}
static int second_one(const char *command, const char *ending) {
    device = "/dev/second";
    crash = ending;
    CHECK_EQ(shell(command), 0);
    return everybody_who_waits_is_told();
}
static int driver_that_nobody_starts_again(void) {
    // Its script says neither `restart` nor `down`.
    if (second_one(UP_AGAIN "-script /bin/true", "service fi second segv") != 0) return -1;
    if (open_of_a_driver_that_is_down_is_an_error() != 0) return -1;
    CHECK_EQ(shell("service restart second"), 0);
    if (device_works_anew() != 0) return -1;
    CHECK_EQ(shell("service down second"), 0);
    return 0;
}
static int driver_that_is_brought_down(void) {
    if (second_one(UP_AGAIN, "service down second") != 0) return -1;
    return open_of_a_driver_that_is_down_is_an_error();
}

int main(void) {
    char pm[16] = "pm";
    if (rs(LOOKUP, pm, sizeof pm, 0, 0) < 0) {
        guest_report("nothing_to_test", 0);
        return guest_done();
    }
    begun = guest_flag();
    if (begun == NULL || mknod("/dev/second", S_IFCHR | 0600, makedev(30, 0)) != 0 ||
        shell("echo 'service log { ipc SYSTEM PM VFS RS DS VM tty; };' >second.conf") != 0) {
        printf("FAIL preparing: errno %d\n", errno);
        return 1;
    }
    RUN(driver_that_is_started_again);
    RUN(driver_that_nobody_starts_again);
    RUN(driver_that_is_brought_down);
    unlink("/dev/second");
    unlink("second.conf");
    return guest_done();
}
