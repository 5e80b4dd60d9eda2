// Address spaces: brk, mmap, mprotect, copy on write, file mappings.
#include "guest.h"

static int break_moves(void) {
    char *start = sbrk(0);
    const long page = 4096;
    char *now = (char *)syscall(SYS_brk, 0);
    CHECK(now != NULL);
    CHECK_EQ(syscall(SYS_brk, now + 100 * page), (long)(now + 100 * page));
    for (long i = 0; i < 100; ++i) {
        CHECK_EQ(now[i * page], 0);
        now[i * page] = (char)i;
    }
    for (long i = 0; i < 100; ++i) CHECK_EQ(now[i * page], (char)i);
    CHECK_EQ(syscall(SYS_brk, now), (long)now);
    CHECK_EQ(syscall(SYS_brk, now + page), (long)(now + page));
    CHECK_EQ(now[0], 0);  // given back and zeroed again
    CHECK_EQ(syscall(SYS_brk, now), (long)now);
    CHECK_EQ(syscall(SYS_brk, 0x10), (long)now);  // refused: the old end
    (void)start;
    return 0;
}

static char *map(size_t bytes, int protection, int flags) {
    return mmap(NULL, bytes, protection, flags | MAP_ANONYMOUS, -1, 0);
}

static int anonymous_pages_are_zero(void) {
    enum { bytes = 4 << 20 };
    for (int round = 0; round < 5; ++round) {
        char *area = map(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE);
        CHECK(area != MAP_FAILED);
        for (long i = 0; i < bytes; i += 4096) {
            CHECK_EQ(area[i], 0);
            area[i] = 1;
        }
        CHECK_EQ(munmap(area, bytes), 0);
    }
    return 0;
}

static char *victim;
static void write_victim(void) { *(volatile char *)victim = 1; }
static void read_victim(void) { (void)*(volatile char *)victim; }
static void call_victim(void) { ((void (*)(void))(uintptr_t)victim)(); }

static int protection(void) {
    victim = map(8192, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    CHECK(victim != MAP_FAILED);
    victim[0] = (char)0xc3;
    CHECK_EQ(mprotect(victim, 4096, PROT_READ), 0);
    CHECK_EQ(victim[0], (char)0xc3);
    CHECK_DIES(write_victim, SIGSEGV);
    CHECK_DIES(call_victim, SIGSEGV);
    CHECK_EQ(mprotect(victim, 4096, PROT_NONE), 0);
    CHECK_DIES(read_victim, SIGSEGV);
    CHECK_EQ(mprotect(victim, 4096, PROT_READ | PROT_EXEC), 0);
    CHECK_CHILD(call_victim);
    CHECK_EQ(mprotect(victim, 4096, PROT_READ | PROT_WRITE), 0);
    CHECK_CHILD(write_victim);
    CHECK_ERROR(syscall(SYS_mprotect, victim + 1, 4096, PROT_READ), EINVAL);
    CHECK_EQ(munmap(victim, 4096), 0);
    CHECK_DIES(read_victim, SIGSEGV);
    CHECK_ERROR(mprotect(victim, 4096, PROT_READ), ENOMEM);
    victim[4096] = 1;  // the other half is still there
    CHECK_EQ(munmap(victim + 4096, 4096), 0);
    return 0;
}

static int bad_maps(void) {
    CHECK_ERROR(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERROR(mmap(NULL, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERROR(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0), EBADF);
    CHECK_ERROR(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 0 : syscall(SYS_mmap, 1, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EINVAL);
    CHECK_ERROR(mmap(NULL, 1ul << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
    CHECK_ERROR(munmap((void *)0x1001, 4096), EINVAL);
    CHECK_ERROR(munmap((void *)0xffff800000000000, 4096), EINVAL);
    return 0;
}

static int copy_on_write_keeps_parent_and_child_apart(void) {
    enum { pages = 200 };
    char *area = map(pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    CHECK(area != MAP_FAILED);
    for (int i = 0; i < pages; ++i) area[i * 4096] = (char)i;
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        for (int i = 0; i < pages; ++i) {
            if (area[i * 4096] != (char)i) _exit(1);
            area[i * 4096] = 99;
        }
        const pid_t grandchild = fork();
        if (grandchild == 0) {
            for (int i = 0; i < pages; ++i) {
                if (area[i * 4096] != 99) _exit(1);
                area[i * 4096] = 98;
            }
            _exit(0);
        }
        int status = 1;
        waitpid(grandchild, &status, 0);
        for (int i = 0; i < pages; ++i)
            if (area[i * 4096] != 99) _exit(2);
        _exit(status != 0);
    }
    for (int i = 0; i < pages; i += 2) area[i * 4096] = 50;
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    for (int i = 0; i < pages; ++i) CHECK_EQ(area[i * 4096], i % 2 ? (char)i : 50);
    CHECK_EQ(munmap(area, pages * 4096), 0);
    return 0;
}

// A system call that writes into a page still shared with the parent must copy it first.
static int kernel_writes_respect_copy_on_write(void) {
    char *area = map(4096, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    int data[2];
    CHECK_EQ(pipe(data), 0);
    strcpy(area, "parent");
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(write(data[1], "child!", 6) == 6 && read(data[0], area, 6) == 6 && memcmp(area, "child!", 6) == 0 ? 0 : 1);
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(strcmp(area, "parent"), 0);
    close(data[0]);
    close(data[1]);
    CHECK_EQ(munmap(area, 4096), 0);
    return 0;
}

static int shared_anonymous_memory(void) {
    volatile int *shared = (volatile int *)map(4096, PROT_READ | PROT_WRITE, MAP_SHARED);
    CHECK(shared != MAP_FAILED);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        *shared = 42;
        _exit(0);
    }
    CHECK_EQ(waitpid(child, NULL, 0), child);
    CHECK_EQ(*shared, 42);
    CHECK_EQ(munmap((void *)shared, 4096), 0);
    return 0;
}

static int make_file(const char *path, size_t bytes) {
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    char page[4096];
    for (size_t done = 0; file >= 0 && done < bytes; done += sizeof page) {
        memset(page, (int)(done / 4096 + 1), sizeof page);
        const size_t part = bytes - done < sizeof page ? bytes - done : sizeof page;
        if (write(file, page, part) != (ssize_t)part) return -1;
    }
    return file;
}

static int private_file_mapping(void) {
    const int file = make_file("mapped", 3 * 4096 + 100);
    CHECK(file >= 0);
    char *area = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    CHECK(area != MAP_FAILED);
    for (int i = 0; i < 4; ++i) CHECK_EQ(area[i * 4096 + 50], i + 1);
    CHECK_EQ(area[3 * 4096 + 100], 0);  // behind the end of the file
    area[0] = 77;
    char byte = 0;
    CHECK_EQ(pread(file, &byte, 1, 0), 1);
    CHECK_EQ(byte, 1);
    CHECK_EQ(close(file), 0);
    CHECK_EQ(area[2 * 4096], 3);  // closed, still mapped
    CHECK_EQ(munmap(area, 4 * 4096), 0);
    const int again = open("mapped", O_RDONLY);
    char *second = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, again, 2 * 4096);
    CHECK(second != MAP_FAILED);
    CHECK_EQ(second[0], 3);
    CHECK_ERROR(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, again, 100), EINVAL);
    CHECK_EQ(munmap(second, 4096), 0);
    CHECK_EQ(close(again), 0);
    CHECK_EQ(unlink("mapped"), 0);
    return 0;
}

// Buffers in pages of a file mapping that nobody touched yet: the kernel's copy meets absent content.
static int untouched_pages_as_buffers(void) {
    const int file = make_file("buffers", 8 * 4096);
    CHECK(file >= 0);
    char *area = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    CHECK(area != MAP_FAILED);
    int data[2];
    CHECK_EQ(pipe(data), 0);
    CHECK_EQ(write(data[1], area, 10), 10);                      // page 0 is read
    CHECK_EQ(read(data[0], area + 4096, 10), 10);                // page 1 is written
    CHECK(area[4096] == 1 && area[4096 + 9] == 1 && area[4096 + 10] == 2);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(9);
    CHECK_EQ(syscall(SYS_wait4, child, area + 2 * 4096, 0, NULL), child);
    CHECK_EQ(WEXITSTATUS(*(int *)(area + 2 * 4096)), 9);
    CHECK_EQ(syscall(SYS_rt_sigaction, SIGUSR1, NULL, area + 3 * 4096, 8), 0);
    CHECK_EQ(syscall(SYS_fstat, file, area + 4 * 4096), 0);
    CHECK_EQ(((struct stat *)(area + 4 * 4096))->st_size, 8 * 4096);
    CHECK_EQ(syscall(SYS_uname, area + 5 * 4096), 0);
    CHECK_EQ(pread(file, area + 6 * 4096, 4096, 0), 4096);       // a file's page from the same file
    CHECK_EQ(area[6 * 4096 + 4095], 1);
    CHECK_ERROR(syscall(SYS_ioctl, data[0], 0x5401, area + 7 * 4096), ENOTTY);
    close(data[0]);
    close(data[1]);
    CHECK_EQ(munmap(area, 8 * 4096), 0);
    CHECK_EQ(close(file), 0);
    CHECK_EQ(unlink("buffers"), 0);
    return 0;
}

// The same for a name: it begins in one untouched page and ends in the next.
static int untouched_pages_as_names(void) {
    char *page = malloc(8192);
    memset(page, 0, 8192);
    strcpy(page + 4090, "no-such-directory");
    const int file = open("names", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK_EQ(write(file, page, 8192), 8192);
    char *area = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, file, 0);
    CHECK(area != MAP_FAILED);
    CHECK_ERROR(chdir(area + 4090), ENOENT);
    CHECK_EQ(munmap(area, 8192), 0);
    CHECK_EQ(close(file), 0);
    CHECK_EQ(unlink("names"), 0);
    free(page);
    return 0;
}

static int fixed_mapping_replaces(void) {
    char *area = map(3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    CHECK(area != MAP_FAILED);
    memset(area, 5, 3 * 4096);
    char *middle = mmap(area + 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK(middle == area + 4096);
    CHECK_EQ(area[4095], 5);
    CHECK_EQ(area[4096], 0);
    CHECK_EQ(area[8192], 5);
    CHECK_EQ(munmap(area, 3 * 4096), 0);
    return 0;
}

static int remapping(void) {
    char *area = map(2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    CHECK(area != MAP_FAILED);
    memset(area, 7, 2 * 4096);
    char *larger = mremap(area, 2 * 4096, 64 * 4096, MREMAP_MAYMOVE);
    CHECK(larger != MAP_FAILED);
    CHECK(larger[0] == 7 && larger[8191] == 7 && larger[8192] == 0);
    larger[64 * 4096 - 1] = 1;
    char *smaller = mremap(larger, 64 * 4096, 4096, 0);
    CHECK(smaller == larger);
    CHECK_EQ(smaller[0], 7);
    CHECK_EQ(munmap(smaller, 4096), 0);
    return 0;
}

static int dropped_pages_come_back_zero(void) {
    char *area = map(4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    CHECK(area != MAP_FAILED);
    memset(area, 7, 4 * 4096);
    CHECK_EQ(madvise(area + 4096, 4096, MADV_DONTNEED), 0);
    CHECK_EQ(area[4095], 7);
    CHECK_EQ(area[4096], 0);
    CHECK_EQ(area[8192], 7);
    CHECK_EQ(munmap(area, 4 * 4096), 0);
    return 0;
}

int main(void) {
    RUN(break_moves);
    RUN(anonymous_pages_are_zero);
    RUN(protection);
    RUN(bad_maps);
    RUN(copy_on_write_keeps_parent_and_child_apart);
    RUN(kernel_writes_respect_copy_on_write);
    RUN(shared_anonymous_memory);
    RUN(private_file_mapping);
    RUN(untouched_pages_as_buffers);
    RUN(untouched_pages_as_names);
    RUN(fixed_mapping_replaces);
    RUN(remapping);
    RUN(dropped_pages_come_back_zero);
    return guest_done();
}
