// The terminal a process runs on: settings, size, job control. On a host without one (no /dev/console
// of its own) a pseudo terminal stands in.
#include "guest.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

static int terminal = -1;
static int far_end = -1;  // of a pseudo terminal: types and reads what is shown

static int find_terminal(void) {
    if (isatty(0) && getenv("GUEST_PTY") == NULL) {
        terminal = dup(0);
        return 0;
    }
    far_end = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    int zero = 0, number = 0;
    char name[32];
    if (far_end < 0) {
        terminal = open("/dev/console", O_RDWR | O_NOCTTY);
        return terminal < 0 ? -1 : 0;
    }
    if (ioctl(far_end, TIOCSPTLCK, &zero) != 0 || ioctl(far_end, TIOCGPTN, &number) != 0) return -1;
    snprintf(name, sizeof name, "/dev/pts/%d", number);
    terminal = open(name, O_RDWR | O_NOCTTY);
    return terminal < 0 ? -1 : 0;
}

static int settings_come_back(void) {
    struct termios before, changed, after;
    CHECK_EQ(tcgetattr(terminal, &before), 0);
    changed = before;
    changed.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    changed.c_cc[VMIN] = 0;
    changed.c_cc[VTIME] = 1;
    changed.c_cc[VINTR] = 5;
    CHECK_EQ(tcsetattr(terminal, TCSADRAIN, &changed), 0);
    CHECK_EQ(tcgetattr(terminal, &after), 0);
    CHECK_EQ(after.c_lflag, changed.c_lflag);
    CHECK_EQ(after.c_cc[VINTR], 5);
    CHECK_EQ(after.c_cc[VTIME], 1);
    char byte;
    if (far_end >= 0) CHECK_EQ(read(terminal, &byte, 1), 0);  // the timer ends it
    CHECK_EQ(tcsetattr(terminal, TCSANOW, &before), 0);
    CHECK_EQ(tcgetattr(terminal, &after), 0);
    CHECK_EQ(after.c_lflag, before.c_lflag);
    return 0;
}

static int window_size(void) {
    struct winsize before, changed, after;
    CHECK_EQ(ioctl(terminal, TIOCGWINSZ, &before), 0);
    changed = before;
    changed.ws_row = 33;
    changed.ws_col = 111;
    CHECK_EQ(ioctl(terminal, TIOCSWINSZ, &changed), 0);
    CHECK_EQ(ioctl(terminal, TIOCGWINSZ, &after), 0);
    CHECK_EQ(after.ws_row, 33);
    CHECK_EQ(after.ws_col, 111);
    CHECK_EQ(ioctl(terminal, TIOCSWINSZ, &before), 0);
    return 0;
}

static int queues(void) {
    int waiting = -1;
    CHECK_EQ(ioctl(terminal, TIOCOUTQ, &waiting), 0);
    CHECK(waiting >= 0);
    waiting = -1;
    CHECK_EQ(ioctl(terminal, FIONREAD, &waiting), 0);
    CHECK(waiting >= 0);
    CHECK_EQ(tcflush(terminal, TCIOFLUSH), 0);
    CHECK_ERROR(ioctl(terminal, TCFLSH, 99), EINVAL);
    CHECK_ERROR(ioctl(terminal, TCXONC, 99), EINVAL);
    return 0;
}

static int it_is_a_terminal(void) {
    struct stat info;
    CHECK(isatty(terminal));
    CHECK_EQ(fstat(terminal, &info), 0);
    CHECK(S_ISCHR(info.st_mode));
    CHECK_ERROR(lseek(terminal, 0, SEEK_SET), ESPIPE);
    const int null = open("/dev/null", O_RDWR);
    CHECK(null >= 0);
    CHECK(!isatty(null));
    CHECK_ERROR(ioctl(null, TIOCGWINSZ, &info), ENOTTY);
    close(null);
    return 0;
}

static int bad_codes_and_pointers(void) {
    static const unsigned long codes[] = {TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ, TIOCSWINSZ, FIONREAD, TIOCOUTQ};
    static const unsigned long wild[] = {0x1000, 0x00007ffffffff000, 0x0123456789abcdef, 0xffff800000000000};
    for (size_t c = 0; c < sizeof codes / sizeof codes[0]; ++c)
        for (size_t w = 0; w < sizeof wild / sizeof wild[0]; ++w) CHECK_ERROR(syscall(SYS_ioctl, terminal, codes[c], wild[w]), EFAULT);
    CHECK_ERROR(ioctl(terminal, 0x5499, 0), ENOTTY);
    CHECK_ERROR(syscall(SYS_write, terminal, 0x1000, 10), EFAULT);
    return 0;
}

static int settings_in_an_untouched_page(void) {
    const int file = open("tty-page", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(file >= 0);
    CHECK_EQ(ftruncate(file, 4096), 0);
    struct winsize *size = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    CHECK(size != MAP_FAILED);
    CHECK_EQ(ioctl(terminal, TIOCGWINSZ, size), 0);
    CHECK_EQ(munmap(size, 4096), 0);
    CHECK_EQ(close(file), 0);
    CHECK_EQ(unlink("tty-page"), 0);
    return 0;
}

static int poll_says_writable(void) {
    struct pollfd set = {terminal, POLLOUT, 0};
    CHECK_EQ(poll(&set, 1, 5000), 1);
    CHECK_EQ(set.revents, POLLOUT);
    return 0;
}

static int foreground_group(void) {
    if (tcgetsid(0) != getsid(0)) return 0;  // not our terminal: nothing to choose
    const pid_t before = tcgetpgrp(0);
    CHECK(before > 0);
    CHECK_EQ(tcsetpgrp(0, before), 0);
    CHECK_ERROR(tcsetpgrp(0, -5), EINVAL);
    CHECK_EQ(tcgetpgrp(0), before);
    return 0;
}

static void stranger_to_every_terminal(void) {
    if (setsid() < 0) _exit(1);
    if (open("/dev/tty", O_RDWR) != -1 || errno != ENXIO) _exit(2);
    if (tcgetpgrp(terminal) != -1 || errno != ENOTTY) _exit(3);
}
static int new_session_has_no_terminal(void) {
    CHECK_CHILD(stranger_to_every_terminal);
    return 0;
}

// ---- with a far end to type at

static int type(const char *text) { return write(far_end, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1; }
static int shown(const char *text) {
    char seen[200];
    size_t length = 0;
    while (length < strlen(text)) {
        const ssize_t part = read(far_end, seen + length, sizeof seen - 1 - length);
        if (part <= 0) return 0;
        length += (size_t)part;
    }
    seen[length] = 0;
    return strcmp(seen, text) == 0;
}

static int editing_and_echo(void) {
    char line[50] = {0};
    CHECK_EQ(type("helx\177lo\r"), 0);
    CHECK_EQ(read(terminal, line, sizeof line), 6);
    CHECK_EQ(strcmp(line, "hello\n"), 0);
    CHECK(shown("helx\b \blo\r\n"));
    CHECK_EQ(type("one two\027three\025\004"), 0);
    CHECK_EQ(read(terminal, line, sizeof line), 0);
    CHECK_EQ(tcflush(far_end, TCIFLUSH), 0);
    return 0;
}

static void controlled(void) {
    if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) != 0) _exit(1);
    if (tcgetpgrp(terminal) != getpgrp() || tcgetsid(terminal) != getsid(0)) _exit(2);
    const int same = open("/dev/tty", O_RDWR);
    if (same < 0) _exit(3);
    if (type("\003") != 0) _exit(4);
    pause();
}
static int interrupt_reaches_the_foreground(void) {
    CHECK_DIES(controlled, SIGINT);
    return 0;
}

int main(void) {
    if (find_terminal() != 0) {
        printf("FAIL find_terminal: no terminal, errno %d\n", errno);
        return 1;
    }
    RUN(it_is_a_terminal);
    RUN(settings_come_back);
    RUN(window_size);
    RUN(queues);
    RUN(bad_codes_and_pointers);
    RUN(settings_in_an_untouched_page);
    RUN(poll_says_writable);
    RUN(foreground_group);
    RUN(new_session_has_no_terminal);
    if (far_end >= 0) {
        RUN(editing_and_echo);
        RUN(interrupt_reaches_the_foreground);
    }
    return guest_done();
}
