// See descriptor_table.hpp.
#include "servers/vfs/file/descriptor_table.hpp"

#include "lib/base/owned.hpp"

namespace axo::vfs {

void DescriptorTable::unreferenced() {
    close_all();
    destroy(arena_heap(), this);
}

Status DescriptorTable::reach(std::uint32_t descriptor) {
    if (descriptor < slots_.size()) return {};
    const std::size_t rounded = (descriptor / 32 + 1) * 32;
    TRY(slots_.reserve(rounded));
    return slots_.resize(descriptor + 1);
}

Result<std::uint32_t> DescriptorTable::install(Ref<OpenFile> file, bool close_exec, std::uint32_t first) {
    if (first >= capacity) return Error::invalid;
    const auto found = used_.view().find(false, first);
    if (!found) return Error::too_many_files;
    const auto descriptor = static_cast<std::uint32_t>(*found);
    TRY(reach(descriptor));
    slots_[descriptor] = std::move(file);
    used_.set(descriptor);
    set_close_exec(descriptor, close_exec);
    return descriptor;
}

Result<Ref<OpenFile>> DescriptorTable::replace(std::uint32_t descriptor, Ref<OpenFile> file, bool close_exec) {
    if (descriptor >= capacity) return Error::bad_descriptor;
    TRY(reach(descriptor));
    Ref<OpenFile> old = std::move(slots_[descriptor]);
    slots_[descriptor] = std::move(file);
    used_.set(descriptor);
    set_close_exec(descriptor, close_exec);
    return old;
}

Result<Ref<OpenFile>> DescriptorTable::take(std::uint64_t descriptor) {
    if (find(descriptor) == nullptr) return Error::bad_descriptor;
    used_.reset(descriptor);
    return std::move(slots_[descriptor]);
}

void DescriptorTable::set_close_exec(std::uint32_t descriptor, bool value) {
    if (value) {
        close_exec_.set(descriptor);
    } else {
        close_exec_.reset(descriptor);
    }
}

Result<Ref<DescriptorTable>> DescriptorTable::clone() const {
    DescriptorTable *copy = TRY(create<DescriptorTable>(arena_heap()));
    Ref<DescriptorTable> ref(copy);
    TRY(copy->slots_.reserve((slots_.size() + 31) / 32 * 32));
    TRY(copy->slots_.append(slots_.span()));
    copy->used_ = used_;
    copy->close_exec_ = close_exec_;
    return ref;
}

void DescriptorTable::close_all() {
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i]) used_.reset(i);
        slots_[i].reset();
    }
    slots_.clear();
}

void DescriptorTable::close_on_exec() {
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
        if (!slots_[i] || !close_exec_.test(i)) continue;
        used_.reset(i);
        slots_[i].reset();
    }
}

}  // namespace axo::vfs
