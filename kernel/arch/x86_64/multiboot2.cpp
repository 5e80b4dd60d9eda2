// Multiboot2 boot information (Multiboot2 specification 2.0, section 3.6): a list of tags, each 8-byte aligned.
#include "kernel/arch/x86_64/boot_information.hpp"

#include <cstring>

namespace axo::kernel::arch {
namespace {

struct Tag {
    std::uint32_t type, bytes;
};

struct ModuleTag {
    Tag tag;
    std::uint32_t start, end;
};

struct MemoryMapTag {
    Tag tag;
    std::uint32_t entry_bytes, entry_version;
};

struct MemoryMapEntry {
    std::uint64_t start, bytes;
    std::uint32_t type, reserved;
};

constexpr std::uint32_t tag_end = 0, tag_command_line = 1, tag_module = 3, tag_memory_map = 6, tag_acpi_old = 14,
                        tag_acpi_new = 15;
constexpr std::uint32_t available_ram = 1;

void read_memory_map(PhysAddr address, LoaderFacts &facts) {
    const auto *tag = static_cast<const MemoryMapTag *>(ram(address));
    if (tag->entry_bytes < sizeof(MemoryMapEntry)) return;
    for (std::uint64_t at = sizeof *tag; at + tag->entry_bytes <= tag->tag.bytes; at += tag->entry_bytes) {
        const auto *entry = static_cast<const MemoryMapEntry *>(ram(address.offset(at)));
        if (entry->type == available_ram) add_ram(facts, entry->start, entry->bytes);
    }
}

void read_tag(PhysAddr address, LoaderFacts &facts) {
    const PhysAddr body = address.offset(sizeof(Tag));
    switch (static_cast<const Tag *>(ram(address))->type) {
        case tag_command_line: return set_command_line(facts, static_cast<const char *>(ram(body)));
        case tag_memory_map: return read_memory_map(address, facts);
        case tag_acpi_old:
        case tag_acpi_new: facts.acpi_root = body; return;
        case tag_module: {
            const auto *module = static_cast<const ModuleTag *>(ram(address));
            if (facts.info.archive.bytes == 0)
                facts.info.archive = {PhysAddr{module->start}, module->end - module->start};
            return;
        }
        default: return;
    }
}

}  // namespace

bool read_multiboot2(PhysAddr information, LoaderFacts &facts) {
    facts.info.loader = "GRUB";
    const std::uint64_t total = *static_cast<const std::uint32_t *>(ram(information));
    for (std::uint64_t at = 8; at + sizeof(Tag) <= total;) {
        const PhysAddr address = information.offset(at);
        const auto *tag = static_cast<const Tag *>(ram(address));
        if (tag->type == tag_end) break;
        if (tag->bytes < sizeof(Tag) || tag->bytes > total - at) return false;
        read_tag(address, facts);
        at += (tag->bytes + 7u) & ~std::uint64_t{7};
    }
    return facts.info.ram_count != 0;
}

}  // namespace axo::kernel::arch
