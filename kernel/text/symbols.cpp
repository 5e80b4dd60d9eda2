// Looking an address up in the symbol table.
#include "kernel/text/symbols.hpp"

#include "axo/layout.hpp"

namespace axo::kernel {

Symbol SymbolTable::find(const SymbolTable *table, std::uint64_t address) {
    if (table == nullptr || table->magic != expected_magic || address < layout::kernel_image) return {"?", 0};
    const std::uint64_t wanted = address - layout::kernel_image;
    std::uint32_t low = 0, high = table->count;  // the answer is before `high`, and not before `low`
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (table->entries()[middle].address <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return {"?", 0};
    const Entry &entry = table->entries()[low - 1];
    if (entry.name >= table->name_bytes) return {"?", 0};
    return {table->names() + entry.name, wanted - entry.address};
}

}  // namespace axo::kernel
