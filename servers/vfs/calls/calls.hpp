// The handlers of the Linux calls, one family per call_*.cpp. What each returns: outcome.hpp.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

Outcome call_read(Vfs &vfs, Process &process);
Outcome call_write(Vfs &vfs, Process &process);
Outcome call_pread(Vfs &vfs, Process &process);
Outcome call_pwrite(Vfs &vfs, Process &process);
Outcome call_readv(Vfs &vfs, Process &process);
Outcome call_writev(Vfs &vfs, Process &process);
Outcome call_preadv(Vfs &vfs, Process &process);
Outcome call_pwritev(Vfs &vfs, Process &process);
Outcome call_lseek(Vfs &vfs, Process &process);
Outcome call_open(Vfs &vfs, Process &process);
Outcome call_close(Vfs &vfs, Process &process);
Outcome call_close_range(Vfs &vfs, Process &process);
Outcome call_dup(Vfs &vfs, Process &process);
Outcome call_dup2(Vfs &vfs, Process &process);
Outcome call_dup3(Vfs &vfs, Process &process);
Outcome call_fcntl(Vfs &vfs, Process &process);
Outcome call_umask(Vfs &vfs, Process &process);
Outcome call_flock(Vfs &vfs, Process &process);
Outcome call_stat(Vfs &vfs, Process &process);
Outcome call_lstat(Vfs &vfs, Process &process);
Outcome call_fstat(Vfs &vfs, Process &process);
Outcome call_newfstatat(Vfs &vfs, Process &process);
Outcome call_statx(Vfs &vfs, Process &process);
Outcome call_statfs(Vfs &vfs, Process &process);
Outcome call_fstatfs(Vfs &vfs, Process &process);
Outcome call_access(Vfs &vfs, Process &process);
Outcome call_faccessat(Vfs &vfs, Process &process);
Outcome call_faccessat2(Vfs &vfs, Process &process);
Outcome call_getdents64(Vfs &vfs, Process &process);
Outcome call_mkdir(Vfs &vfs, Process &process);
Outcome call_mkdirat(Vfs &vfs, Process &process);
Outcome call_chdir(Vfs &vfs, Process &process);
Outcome call_fchdir(Vfs &vfs, Process &process);
Outcome call_chroot(Vfs &vfs, Process &process);
Outcome call_unlink(Vfs &vfs, Process &process);
Outcome call_rmdir(Vfs &vfs, Process &process);
Outcome call_unlinkat(Vfs &vfs, Process &process);
Outcome call_link(Vfs &vfs, Process &process);
Outcome call_linkat(Vfs &vfs, Process &process);
Outcome call_symlink(Vfs &vfs, Process &process);
Outcome call_symlinkat(Vfs &vfs, Process &process);
Outcome call_readlink(Vfs &vfs, Process &process);
Outcome call_readlinkat(Vfs &vfs, Process &process);
Outcome call_mknod(Vfs &vfs, Process &process);
Outcome call_mknodat(Vfs &vfs, Process &process);
Outcome call_rename(Vfs &vfs, Process &process);
Outcome call_renameat(Vfs &vfs, Process &process);
Outcome call_renameat2(Vfs &vfs, Process &process);
Outcome call_chmod(Vfs &vfs, Process &process);
Outcome call_fchmodat(Vfs &vfs, Process &process);
Outcome call_fchmod(Vfs &vfs, Process &process);
Outcome call_chown(Vfs &vfs, Process &process);
Outcome call_lchown(Vfs &vfs, Process &process);
Outcome call_fchown(Vfs &vfs, Process &process);
Outcome call_fchownat(Vfs &vfs, Process &process);
Outcome call_truncate(Vfs &vfs, Process &process);
Outcome call_ftruncate(Vfs &vfs, Process &process);
Outcome call_utime(Vfs &vfs, Process &process);
Outcome call_utimes(Vfs &vfs, Process &process);
Outcome call_futimesat(Vfs &vfs, Process &process);
Outcome call_utimensat(Vfs &vfs, Process &process);
Outcome call_pipe(Vfs &vfs, Process &process);
Outcome call_pipe2(Vfs &vfs, Process &process);
Outcome call_poll(Vfs &vfs, Process &process);
Outcome call_ppoll(Vfs &vfs, Process &process);
Outcome call_select(Vfs &vfs, Process &process);
Outcome call_pselect6(Vfs &vfs, Process &process);
Outcome call_ioctl(Vfs &vfs, Process &process);
Outcome call_mount(Vfs &vfs, Process &process);
Outcome call_umount2(Vfs &vfs, Process &process);
Outcome call_sync(Vfs &vfs, Process &process);
Outcome call_syncfs(Vfs &vfs, Process &process);
Outcome call_fsync(Vfs &vfs, Process &process);
Outcome call_fadvise(Vfs &vfs, Process &process);
Outcome call_sendfile(Vfs &vfs, Process &process);
Outcome call_getcwd(Vfs &vfs, Process &process);
Outcome call_execve(Vfs &vfs, Process &process);
Outcome call_execveat(Vfs &vfs, Process &process);

}  // namespace axo::vfs
