// Running a program: what execve and ExecFirst share.
#pragma once

#include "servers/vfs/exec/stack.hpp"
#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Loads the program `path` names (scripts by their interpreter) into `process` and has PM start it.
/// After success the process' old call gets no answer: it has new registers. `path` is used up;
/// `strings` may be changed. Errors: as execve(2).
sef::Async<Status> run_program(Vfs &vfs, Ref<Call> call, Path start, PathText *path, ArgumentBlock *strings);

}  // namespace axo::vfs
