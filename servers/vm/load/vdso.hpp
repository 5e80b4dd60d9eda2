// The two pages that every user program shares: the clock's data, and the code that reads it (lib/vdso).
#pragma once

#include "servers/vm/frames/own_memory.hpp"
#include "servers/vm/space/space.hpp"

#include "axo/vdso.hpp"

namespace axo::vm {

class Vdso {
public:
    /// Makes the pages; once in the life of the system. Errors: no_memory, too_big (the code is more than a page).
    Status start(Memory &memory, OwnMemory &own);
    /// Shows the pages to a new program, read-only, and present from the beginning. Errors: no_memory.
    Status add_to(Space &space);
    /// The wall clock at boot, in nanoseconds since 1970.
    void set_wall_clock(Nanoseconds at_boot);

private:
    static constexpr std::uint64_t data_page = 0, code_page = 1, page_count = 2;

    VdsoData &data() const { return *data_.as<VdsoData>(); }
    Status make_pages(Memory &memory, OwnMemory &own);
    Status add_region(Space &space, std::uint64_t page, std::uint8_t protection);

    MemoryObject *object_ = nullptr;  // one region of it is ours for good
    sys::Region data_;                // the data page, where VM writes it
};

}  // namespace axo::vm
