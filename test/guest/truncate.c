// Maps of a file that is cut, grows and changes meanwhile. A page that was not looked at before is what the file is now:
// behind its end there is none (mmap(2): SIGBUS). Linux takes away those that were looked at as well; here they stay as
// they were (finding D3), with neighbours that a look brought in; it is the one thing else that these tests take.
#include "guest.h"

#include <setjmp.h>

enum { page = 4096, pages = 4 };

static int file = -1;
static unsigned char *map;
static sigjmp_buf back;

static int fill(void) {
    static unsigned char content[pages * page];
    for (int i = 0; i < pages; ++i) memset(content + i * page, 'a' + i, page);
    CHECK_EQ(ftruncate(file, 0), 0);
    CHECK_EQ(pwrite(file, content, sizeof content, 0), sizeof content);
    return 0;
}

static int mapped(int protection, int flags, int (*test)(void)) {
    if (fill() != 0) return -1;
    map = mmap(NULL, pages * page, protection, flags, file, 0);
    CHECK(map != MAP_FAILED);
    const int result = test();
    CHECK_EQ(munmap(map, pages * page), 0);
    return result;
}
static int privately(int (*test)(void)) { return mapped(PROT_READ | PROT_WRITE, MAP_PRIVATE, test); }

static void jump(int number) { siglongjmp(back, number); }

// The byte there, or minus the signal that a look at it gave.
static int byte_at(volatile unsigned char *place) {
    struct sigaction action = {.sa_handler = jump}, old;
    sigaction(SIGBUS, &action, &old);
    const int number = sigsetjmp(back, 1);
    const int result = number == 0 ? *place : -number;
    sigaction(SIGBUS, &old, NULL);
    return result;
}

// Of a page that was there before the cut.
static int gone_or(int found, int before) { return found == -SIGBUS || found == before; }

static int cut_pages_are_gone(void) {
    map[page] = 'x';  // a copy
    CHECK_EQ(ftruncate(file, page), 0);
    CHECK_EQ(byte_at(map), 'a');
    CHECK(gone_or(byte_at(map + page), 'x'));
    CHECK_EQ(byte_at(map + 2 * page), -SIGBUS);
    CHECK_EQ(byte_at(map + 3 * page), -SIGBUS);
    return 0;
}
static int truncated_pages_fault(void) { return privately(cut_pages_are_gone); }

static int content_comes_anew(void) {
    CHECK_EQ(ftruncate(file, page), 0);
    CHECK_EQ(byte_at(map + 2 * page), -SIGBUS);
    CHECK_EQ(ftruncate(file, pages * page), 0);
    CHECK_EQ(pwrite(file, "new", 3, 3 * page), 3);
    CHECK_EQ(byte_at(map + page), 0);
    CHECK_EQ(byte_at(map + 2 * page), 0);
    CHECK_EQ(byte_at(map + 3 * page), 'n');
    return 0;
}
static int file_that_grows_again_is_zero(void) { return privately(content_comes_anew); }

static int rest_of_the_page_is_zero(void) {
    map[10] = 'x';
    CHECK_EQ(ftruncate(file, page + 5), 0);
    CHECK_EQ(byte_at(map + page + 4), 'b');
    CHECK_EQ(byte_at(map + page + 5), 0);
    CHECK_EQ(byte_at(map + page + page - 1), 0);
    CHECK_EQ(byte_at(map + 2 * page), -SIGBUS);
    CHECK_EQ(byte_at(map + 10), 'x');  // before the cut: its own
    return 0;
}
static int cut_inside_a_page(void) { return privately(rest_of_the_page_is_zero); }

static int copies_keep_their_content(void) {
    map[0] = 'x';
    CHECK_EQ(pwrite(file, "yy", 2, 0), 2);
    CHECK_EQ(map[0], 'x');
    CHECK_EQ(map[1], 'a');
    char back_text[2];
    CHECK_EQ(pread(file, back_text, 2, 0), 2);
    CHECK_EQ(memcmp(back_text, "yy", 2), 0);
    return 0;
}
static int private_copy_does_not_follow_the_file(void) { return privately(copies_keep_their_content); }

static int shared_view_follows(void) {
    CHECK_EQ(pwrite(file, "z", 1, page), 1);
    CHECK_EQ(ftruncate(file, 2 * page), 0);
    CHECK_EQ(map[page], 'z');
    CHECK_EQ(byte_at(map + 2 * page), -SIGBUS);
    CHECK_EQ(ftruncate(file, 3 * page), 0);
    CHECK_EQ(byte_at(map + 2 * page), 0);
    return 0;
}
static int shared_map_follows_the_file(void) { return mapped(PROT_READ, MAP_SHARED, shared_view_follows); }

static int calls_meet_the_end(void) {
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(ftruncate(file, page), 0);
    CHECK_ERROR(write(ends[1], map + page, 1), EFAULT);
    CHECK_EQ(write(ends[1], "ab", 2), 2);
    CHECK_ERROR(read(ends[0], map + 2 * page, 2), EFAULT);
    char text[2];
    CHECK_EQ(read(ends[0], text, 2), 2);  // and nothing was lost
    CHECK_EQ(write(ends[1], map, 1), 1);
    close(ends[0]);
    close(ends[1]);
    return 0;
}
static int buffer_behind_the_end_is_bad(void) { return privately(calls_meet_the_end); }

static int child_and_parent_lose_it(void) {
    map[page] = 'x';
    int ends[2], status = 0;
    char byte;
    CHECK_EQ(pipe(ends), 0);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        if (read(ends[0], &byte, 1) != 0) _exit(1);
        if (!gone_or(byte_at(map + page), 'x') || byte_at(map + 2 * page) != -SIGBUS) _exit(2);
        _exit(byte_at(map) == 'a' ? 0 : 3);
    }
    CHECK_EQ(ftruncate(file, page), 0);
    CHECK(gone_or(byte_at(map + page), 'x'));
    CHECK_EQ(byte_at(map + 2 * page), -SIGBUS);
    close(ends[0]);
    close(ends[1]);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    return 0;
}
static int truncation_reaches_all_processes(void) { return privately(child_and_parent_lose_it); }

static int looker(volatile int *stop) {
    for (long turn = 0; !*stop; ++turn) {
        const int found = byte_at(map + (turn % pages) * page);
        const int first = turn % pages == 0;
        if (found != 'a' + turn % pages && found != 0 && (found != -SIGBUS || first)) return 1;
    }
    return 0;
}
static int cut_and_grow(void) {
    volatile int *const stop = guest_flag();
    CHECK(stop != NULL);
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(looker(stop));
    for (int turn = 0; turn < 200; ++turn) {
        CHECK_EQ(ftruncate(file, page), 0);
        if (turn % 2 == 0) syscall(SYS_sched_yield);
        CHECK_EQ(ftruncate(file, pages * page), 0);
        for (int i = 1; i < pages; ++i) {
            const char letter = (char)('a' + i);
            CHECK_EQ(pwrite(file, &letter, 1, i * page), 1);
        }
    }
    *stop = 1;
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    munmap((void *)stop, sizeof(int));
    return 0;
}
static int reader_beside_a_truncating_writer(void) { return privately(cut_and_grow); }

int main(void) {
    file = open("truncated", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0) return 1;
    RUN(truncated_pages_fault);
    RUN(file_that_grows_again_is_zero);
    RUN(cut_inside_a_page);
    RUN(private_copy_does_not_follow_the_file);
    RUN(shared_map_follows_the_file);
    RUN(buffer_behind_the_end_is_bad);
    RUN(truncation_reaches_all_processes);
    RUN(reader_beside_a_truncating_writer);
    close(file);
    unlink("truncated");
    return guest_done();
}
