// The handlers of the Linux calls, one family a file of this folder. What each returns: outcome.hpp.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

Outcome call_read(Vfs &vfs, Call &call);
Outcome call_write(Vfs &vfs, Call &call);
Outcome call_pread(Vfs &vfs, Call &call);
Outcome call_pwrite(Vfs &vfs, Call &call);
Outcome call_readv(Vfs &vfs, Call &call);
Outcome call_writev(Vfs &vfs, Call &call);
Outcome call_preadv(Vfs &vfs, Call &call);
Outcome call_pwritev(Vfs &vfs, Call &call);
Outcome call_lseek(Vfs &vfs, Call &call);
Outcome call_open(Vfs &vfs, Call &call);
Outcome call_close(Vfs &vfs, Call &call);
Outcome call_close_range(Vfs &vfs, Call &call);
Outcome call_dup(Vfs &vfs, Call &call);
Outcome call_dup2(Vfs &vfs, Call &call);
Outcome call_dup3(Vfs &vfs, Call &call);
Outcome call_fcntl(Vfs &vfs, Call &call);
Outcome call_umask(Vfs &vfs, Call &call);
Outcome call_flock(Vfs &vfs, Call &call);
Outcome call_stat(Vfs &vfs, Call &call);
Outcome call_lstat(Vfs &vfs, Call &call);
Outcome call_fstat(Vfs &vfs, Call &call);
Outcome call_newfstatat(Vfs &vfs, Call &call);
Outcome call_statx(Vfs &vfs, Call &call);
Outcome call_statfs(Vfs &vfs, Call &call);
Outcome call_fstatfs(Vfs &vfs, Call &call);
Outcome call_access(Vfs &vfs, Call &call);
Outcome call_faccessat(Vfs &vfs, Call &call);
Outcome call_faccessat2(Vfs &vfs, Call &call);
Outcome call_getdents64(Vfs &vfs, Call &call);
Outcome call_mkdir(Vfs &vfs, Call &call);
Outcome call_mkdirat(Vfs &vfs, Call &call);
Outcome call_chdir(Vfs &vfs, Call &call);
Outcome call_fchdir(Vfs &vfs, Call &call);
Outcome call_chroot(Vfs &vfs, Call &call);
Outcome call_unlink(Vfs &vfs, Call &call);
Outcome call_rmdir(Vfs &vfs, Call &call);
Outcome call_unlinkat(Vfs &vfs, Call &call);
Outcome call_link(Vfs &vfs, Call &call);
Outcome call_linkat(Vfs &vfs, Call &call);
Outcome call_symlink(Vfs &vfs, Call &call);
Outcome call_symlinkat(Vfs &vfs, Call &call);
Outcome call_readlink(Vfs &vfs, Call &call);
Outcome call_readlinkat(Vfs &vfs, Call &call);
Outcome call_mknod(Vfs &vfs, Call &call);
Outcome call_mknodat(Vfs &vfs, Call &call);
Outcome call_rename(Vfs &vfs, Call &call);
Outcome call_renameat(Vfs &vfs, Call &call);
Outcome call_renameat2(Vfs &vfs, Call &call);
Outcome call_chmod(Vfs &vfs, Call &call);
Outcome call_fchmodat(Vfs &vfs, Call &call);
Outcome call_fchmod(Vfs &vfs, Call &call);
Outcome call_chown(Vfs &vfs, Call &call);
Outcome call_lchown(Vfs &vfs, Call &call);
Outcome call_fchown(Vfs &vfs, Call &call);
Outcome call_fchownat(Vfs &vfs, Call &call);
Outcome call_truncate(Vfs &vfs, Call &call);
Outcome call_ftruncate(Vfs &vfs, Call &call);
Outcome call_utime(Vfs &vfs, Call &call);
Outcome call_utimes(Vfs &vfs, Call &call);
Outcome call_futimesat(Vfs &vfs, Call &call);
Outcome call_utimensat(Vfs &vfs, Call &call);
Outcome call_pipe(Vfs &vfs, Call &call);
Outcome call_pipe2(Vfs &vfs, Call &call);
Outcome call_poll(Vfs &vfs, Call &call);
Outcome call_ppoll(Vfs &vfs, Call &call);
Outcome call_select(Vfs &vfs, Call &call);
Outcome call_pselect6(Vfs &vfs, Call &call);
Outcome call_ioctl(Vfs &vfs, Call &call);
Outcome call_mount(Vfs &vfs, Call &call);
Outcome call_umount2(Vfs &vfs, Call &call);
Outcome call_sync(Vfs &vfs, Call &call);
Outcome call_syncfs(Vfs &vfs, Call &call);
Outcome call_fsync(Vfs &vfs, Call &call);
Outcome call_fadvise(Vfs &vfs, Call &call);
Outcome call_sendfile(Vfs &vfs, Call &call);
Outcome call_getcwd(Vfs &vfs, Call &call);
Outcome call_execve(Vfs &vfs, Call &call);
Outcome call_execveat(Vfs &vfs, Call &call);

}  // namespace axo::vfs
