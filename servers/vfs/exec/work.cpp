// See work.hpp.
#include "servers/vfs/exec/work.hpp"

#include <cstring>

#include "axo/layout.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/base/owned.hpp"
#include "lib/sys/grants.hpp"
#include "servers/vfs/calls/lock.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/device/entropy.hpp"
#include "servers/vfs/exec/image.hpp"
#include "servers/vfs/file/file_io.hpp"
#include "servers/vfs/file/file_map.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

constexpr std::size_t head_bytes = 2048;
constexpr unsigned scripts_max = 4;

/// The identity the new program will have.
struct NewIdentity {
    std::uint32_t uid, gid;          // effective
    std::uint32_t set_uid, set_gid;  // ~0: no change
};

NewIdentity identity_for(const Credentials &who, const Path &file) {
    static constexpr std::uint32_t unchanged = ~0u;
    NewIdentity identity{who.effective_uid, who.effective_gid, unchanged, unchanged};
    if (file.mount->has(mount_flag::no_set_id)) return identity;
    if ((file->mode & abi::set_user_id) != 0) identity.uid = identity.set_uid = file->uid;
    const bool group = (file->mode & abi::set_group_id) != 0 && (file->mode & abi::group_execute) != 0;
    if (group) identity.gid = identity.set_gid = file->gid;
    return identity;
}

Status may_run(const Call &call, const Path &file) {
    if (!abi::is_regular(file->mode)) return Error::access;
    if (!permits(call.credentials(), file->ownership(), want::execute)) return Error::access;
    if (file.mount->has(mount_flag::no_programs)) return Error::access;
    return {};
}

/// A program file that was found to be ELF.
struct Program {
    Path file;
    ExecPlan plan;
    Ref<ProgramFile> shown;  // becomes the process'
};

Result<Ref<ProgramFile>> program_file(Arrival &arrival) {
    ProgramFile *const made = TRY(create<ProgramFile>(arena_heap()));
    Ref<ProgramFile> program(made);
    TRY(program->path.assign(arrival.path));
    program->directory = std::move(arrival.directory);
    return program;
}

/// Finds the file, reads its head, and goes on with the interpreter while it is a script.
sef::Async<Result<Program>> find_program(Vfs &vfs, Ref<Call> call, Path start, PathText *path, ArgumentBlock *strings,
                                         Label *name) {
    ScratchBuffer head(head_bytes);
    PathLease shown(vfs.state.paths);
    if (!head || !shown) co_return Error::no_memory;
    for (unsigned depth = 0; depth <= scripts_max; ++depth) {
        static_cast<void>(shown->assign(path->rest()));  // the walk uses the path up
        if (depth == 0) *name = Label::cut(split_last(path->rest()).name);
        Arrival arrival{};
        auto walking = walk(vfs, call, start, path, LastLink::follow, &arrival);
        auto found = co_await walking;
        if (!found) co_return found.error();
        if (const Status allowed = may_run(*call, *found); !allowed) co_return allowed.error();
        auto reading = read_own(found->vnode, 0, head.data(), head_bytes, access_time_in(found->mount.get(), **found));
        const Outcome got = co_await reading;
        if (!got) co_return got.error();
        const std::span<const std::byte> content = head.bytes().first(static_cast<std::size_t>(*got));
        if (!is_script(content)) {
            const auto plan = parse_elf(content, (*found)->size);
            if (!plan) co_return plan.error();
            auto shown_as = program_file(arrival);
            if (!shown_as) co_return shown_as.error();
            co_return Program{std::move(*found), *plan, std::move(*shown_as)};
        }
        const auto line = parse_script(content);
        if (!line) co_return line.error();
        const Status replaced = strings->replace_first(line->interpreter, line->argument, shown->rest());
        if (!replaced) co_return replaced.error();
        if (const Status assigned = path->assign(line->interpreter); !assigned) co_return assigned.error();
        start = call->files().current;
    }
    co_return Error::loop;
}

/// ExecImage and stack content, one after the other at the end of `buffer`; returns where they begin.
Result<std::size_t> compose(ScratchBuffer &buffer, const Program &program, const ArgumentBlock &strings,
                            const StackFacts &facts) {
    const VirtAddr pointer = TRY(build_stack(buffer.bytes(), strings, facts));
    const std::uint64_t stack_bytes = layout::stack_end - pointer.value;
    vm::ExecImage image{};
    image.file = program.file->file_id();
    image.file_size = program.file->size;
    image.segment_count = program.plan.segment_count;
    std::memcpy(image.segments, program.plan.segments, sizeof image.segments);
    image.stack_pointer = pointer;
    image.stack_bytes = stack_bytes;
    const std::size_t begin = buffer.size() - stack_bytes - sizeof image;
    std::memcpy(buffer.data() + begin, &image, sizeof image);
    return begin;
}

/// VM builds the new space; returns the stack pointer.
sef::Async<Result<VirtAddr>> build_space(Ref<Call> call, const Program *program, const ArgumentBlock *strings,
                                         const StackFacts *facts) {
    ScratchBuffer buffer(sizeof(vm::ExecImage) + stack_image_bytes(*strings, *facts));
    if (!buffer) co_return Error::no_memory;
    const auto begin = compose(buffer, *program, *strings, *facts);
    if (!begin) co_return begin.error();
    const std::uint64_t bytes = buffer.size() - *begin;
    auto image = sys::Grant::direct(endpoint::vm, buffer.data() + *begin, bytes, sys::Access::read);
    if (!image) co_return Error::no_memory;
    hold_for_vm(*program->file, access_time_in(program->file.mount.get(), *program->file));
    const vm::ExecBuild request{call->endpoint(), image->id(), bytes};
    const auto answer = co_await sef::request(endpoint::vm, request);
    if (!answer) {
        release_from_vm(*program->file, 1);
        co_return answer.error();
    }
    const std::uint64_t stack_bytes = bytes - sizeof(vm::ExecImage);
    tell_vm_if_removed(*program->file);
    co_return VirtAddr{layout::stack_end - stack_bytes};
}

/// Descriptors of its own for a process that shares them: the other one keeps the files that are closed on exec.
/// Null if it shares them with nobody. Errors: no_process, no_memory.
Result<Ref<DescriptorTable>> own_descriptors(const Call &call) {
    if (call.exited()) return Error::no_process;
    if (call.descriptors()->references == 1) return Ref<DescriptorTable>();
    return call.descriptors()->clone();
}

/// A space that VM built for a process. Unless PM took it over VM is told to drop it, whatever ends the exec.
class BuiltSpace {
public:
    explicit BuiltSpace(Endpoint process) : process_(process) {}
    BuiltSpace(const BuiltSpace &) = delete;
    BuiltSpace &operator=(const BuiltSpace &) = delete;
    ~BuiltSpace() {
        if (process_ == endpoint::none) return;
        const vm::ExecCancel cancel{process_};
        static_cast<void>(sef::tell(endpoint::vm, cancel));
    }
    void taken() { process_ = endpoint::none; }

private:
    Endpoint process_;
};

Result<Ref<Identity>> changed_identity(const Credentials &before, const NewIdentity &wanted) {
    Credentials changed = before;
    changed.effective_uid = changed.uid = wanted.uid;
    changed.effective_gid = changed.gid = wanted.gid;
    return make_identity(changed);
}

/// What VFS itself changes once PM accepted the new program; all of it was made before.
struct NewSelf {
    Ref<Identity> identity;
    Ref<DescriptorTable> descriptors;  // null: they stay the same table
    Ref<ProgramFile> program;
};

void become(Vfs &vfs, Process &process, NewSelf self) {
    process.program = std::move(self.program);
    process.identity = std::move(self.identity);
    if (self.descriptors) process.descriptors = std::move(self.descriptors);
    drop_range_locks(vfs, *process.descriptors, Descriptors::closed_by_exec);
    process.descriptors->close_on_exec();
}

}  // namespace

sef::Async<Status> run_program(Vfs &vfs, Ref<Call> call, Path start, PathText *path, ArgumentBlock *strings) {
    PathLease shown(vfs.state.paths);
    if (!shown) co_return Error::no_memory;
    static_cast<void>(shown->assign(path->rest()));
    Label name{};
    auto finding = find_program(vfs, call, std::move(start), path, strings, &name);
    auto program = co_await finding;
    if (!program) co_return program.error();
    const NewIdentity identity = identity_for(call->credentials(), program->file);
    StackFacts facts{
        .program_headers = program->plan.program_headers,
        .entry = program->plan.entry,
        .program_header_count = program->plan.program_header_count,
        .uid = call->credentials().real_uid,
        .effective_uid = identity.uid,
        .gid = call->credentials().real_gid,
        .effective_gid = identity.gid,
        .secure = identity.uid != call->credentials().real_uid || identity.gid != call->credentials().real_gid,
        .path = shown->rest(),
        .random = {},
        .hardware = processor_features(),
    };
    fill_random(facts.random);
    program->shown->arguments = argument_area(*strings, facts);
    auto building = build_space(call, &*program, strings, &facts);
    const auto pointer = co_await building;
    if (!pointer) co_return pointer.error();
    BuiltSpace space(call->endpoint());
    pm::ExecCommit request{
        call->endpoint(), identity.set_uid, identity.set_gid, 0, {program->plan.entry}, *pointer, {}};
    put_text(request.name, name.view());
    auto descriptors = own_descriptors(*call);
    auto changed = changed_identity(call->credentials(), identity);
    if (!descriptors) co_return descriptors.error();
    if (!changed) co_return changed.error();
    const auto committed = co_await sef::request(endpoint::pm, request);
    if (!committed) co_return committed.error();
    space.taken();
    if (!call->exited())
        become(vfs, *call->process, {std::move(*changed), std::move(*descriptors), std::move(program->shown)});
    co_return Status{};
}

}  // namespace axo::vfs
