// What a touch of memory leads to: a fresh page, a copy, a page of a file, a longer stack, or an error.
#pragma once

#include "servers/vm/space/space.hpp"

namespace axo::vm {

/// How memory is touched.
struct Access {
    bool write, execute;
    static Access from_fault(std::uint64_t bits) {
        return {(bits & fault_access::write) != 0, (bits & fault_access::execute) != 0};
    }
};

/// A page of a file that must come from VFS first.
struct AbsentPage {
    CachedFile *file;
    std::uint64_t page;
    std::uint64_t end;  // page where the mapping ends: reading ahead goes no further
};

class Faults {
public:
    explicit Faults(Memory &memory) : memory_(memory) {}

    /// Makes the page present for this access and, unless `answer` is none, lets that process run on.
    /// Errors: fault (nothing there, or not allowed), io (behind the end of the file), no_memory,
    /// absent (`missing` says what), no_process.
    Status resolve(Space &space, std::uint64_t address, Access access, Endpoint answer, AbsentPage &missing);
    /// The same for every page of a range. Stops at the first error.
    Status resolve_range(Space &space, std::uint64_t address, std::uint64_t bytes, Access access, AbsentPage &missing);

private:
    struct Place {
        Space &space;
        Region &region;
        std::uint64_t page;
        bool write;
        Endpoint answer;
    };

    Region *grow_stack(Space &space, std::uint64_t address);
    Status held_page(const Place &place, Frame frame);
    Status fresh_page(const Place &place);
    Status shared_page(const Place &place);
    Status file_page(const Place &place, AbsentPage &missing);
    Status copy_page(const Place &place, Frame from);
    Status take_page(const Place &place, Frame frame);
    Status map(const Place &place, Frame frame, FrameSource source, Frame from);
    void map_around(const Place &place, const CachedFile &file);

    Memory &memory_;
};

}  // namespace axo::vm
