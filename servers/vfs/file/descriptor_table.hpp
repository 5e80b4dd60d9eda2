// File descriptors of one process, or of several that share them (CLONE_FILES).
#pragma once

#include "lib/base/bitmap.hpp"
#include "lib/base/vector.hpp"
#include "servers/vfs/file/open_file.hpp"

namespace axo::vfs {

class DescriptorTable {
public:
    static constexpr std::uint32_t capacity = 1024;  // RLIMIT_NOFILE

    std::uint32_t references = 0;
    void unreferenced();

    /// Null if `descriptor` is not open. The pointer stays good until the next change of the table.
    OpenFile *find(std::uint64_t descriptor) const {
        return descriptor < slots_.size() ? slots_[descriptor].get() : nullptr;
    }
    /// The lowest free number >= first. Errors: too_many_files, invalid (first too large), no_memory.
    Result<std::uint32_t> install(Ref<OpenFile> file, bool close_exec, std::uint32_t first = 0);
    /// Puts `file` at exactly this number; what was there is returned to be dropped. Errors: bad_descriptor, no_memory.
    Result<Ref<OpenFile>> replace(std::uint32_t descriptor, Ref<OpenFile> file, bool close_exec);
    /// Errors: bad_descriptor.
    Result<Ref<OpenFile>> take(std::uint64_t descriptor);

    bool close_exec(std::uint32_t descriptor) const { return close_exec_.test(descriptor); }
    void set_close_exec(std::uint32_t descriptor, bool value);
    /// One past the highest number that may be open.
    std::uint32_t end() const { return static_cast<std::uint32_t>(slots_.size()); }

    /// The same files in a table of its own. Errors: no_memory.
    Result<Ref<DescriptorTable>> clone() const;
    void close_all();
    void close_on_exec();

private:
    Status reach(std::uint32_t descriptor);

    Vector<Ref<OpenFile>> slots_;
    Bitmap<capacity> used_, close_exec_;
};

}  // namespace axo::vfs
