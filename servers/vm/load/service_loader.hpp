// Loads a service from RS's memory into an empty address space: everything resident, nothing writable and executable.
#pragma once

#include "servers/vm/context.hpp"
#include "servers/vm/load/elf_image.hpp"

namespace axo::vm {

class ServiceLoader {
public:
    explicit ServiceLoader(Context &context) : context_(context) {}

    /// Gives the record a space. After an error it may have a part of one: the caller removes the record.
    /// Errors: no_exec, no_memory, fault (grant).
    Result<Spawn::Reply> load(ProcessRecord &record, Endpoint granter, const Spawn &request);

private:
    Status write_start_record(Space &space, const Spawn &request);
    Status add(Space &space, std::uint64_t start, std::uint64_t end, std::uint32_t flags);
    Status fill(Space &space, const ImageSegment &segment, Endpoint granter, GrantId image);

    Context &context_;
};

}  // namespace axo::vm
