// Builds the address space of a new program beside the one its process still runs in.
#pragma once

#include "servers/vm/context.hpp"

namespace axo::vm {

class ExecBuilder {
public:
    explicit ExecBuilder(Context &context) : context_(context) {}

    /// Reads the image description that `granter` granted and makes a space without a process of it.
    /// Errors: invalid, no_exec (description), no_memory, io, fault (grant).
    sef::Async<Result<Space *>> build(Endpoint granter, ExecBuild request);

    /// Maps what file pages the cache has, if they are few, so that a small program starts without faults. Best effort.
    static void take_cached_pages(Space &space);

private:
    static Status check(const ExecImage &image, std::uint64_t granted_bytes);
    sef::Async<Status> fill(Space *space, CachedFile *file, const ExecImage *image);
    Status add_segment(Space &space, CachedFile &file, const ExecSegment &segment);
    sef::Async<Status> copy_data(Space *space, CachedFile *file, ExecSegment segment);
    Status copy_page(Space &space, std::uint64_t page, Frame from, std::uint64_t content);
    Status add_stack(Space &space, const ExecImage &image, Endpoint granter, GrantId grant);

    Context &context_;
};

}  // namespace axo::vm
