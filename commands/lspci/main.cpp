// lspci: one line per PCI function, from /proc/bus/pci. -n: the class as a number; -v: what the function decodes too.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

struct Function {
    unsigned place, vendor, device, interrupt;
    unsigned long long starts[7], sizes[7];
};

struct Header {
    unsigned class_code, revision;
};

struct ClassName {
    unsigned code;  // class and subclass; 0xff: any
    const char *name;
};
// PCI Code and ID Assignment Specification 1.11, chapter 1; the more particular ones first.
constexpr ClassName class_names[] = {
    {0x0100, "SCSI storage controller"},
    {0x0101, "IDE interface"},
    {0x0102, "Floppy disk controller"},
    {0x0106, "SATA controller"},
    {0x0108, "Non-Volatile memory controller"},
    {0x01ff, "Mass storage controller"},
    {0x0200, "Ethernet controller"},
    {0x02ff, "Network controller"},
    {0x0300, "VGA compatible controller"},
    {0x03ff, "Display controller"},
    {0x04ff, "Multimedia controller"},
    {0x05ff, "Memory controller"},
    {0x0600, "Host bridge"},
    {0x0601, "ISA bridge"},
    {0x0604, "PCI bridge"},
    {0x0607, "CardBus bridge"},
    {0x06ff, "Bridge"},
    {0x07ff, "Communication controller"},
    {0x08ff, "System peripheral"},
    {0x09ff, "Input device controller"},
    {0x0c03, "USB controller"},
    {0x0c05, "SMBus"},
    {0x0cff, "Serial bus controller"},
    {0x00ff, "Unclassified device"},
};

const char *name_of(unsigned class_code) {
    const unsigned code = class_code >> 8;
    for (const ClassName &known : class_names)
        if (known.code == code || ((known.code & 0xff) == 0xff && known.code >> 8 == code >> 8)) return known.name;
    return "Class";
}

/// False: there is no file, or it is shorter than a header.
bool read_header(const Function &function, Header &header) {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/bus/pci/%02x/%02x.%x", function.place >> 8, function.place >> 3 & 31,
                  function.place & 7);
    std::FILE *file = std::fopen(path, "re");
    if (file == nullptr) return false;
    std::uint8_t bytes[64];
    const bool whole = std::fread(bytes, 1, sizeof bytes, file) == sizeof bytes;
    std::fclose(file);
    if (!whole) return false;
    header.revision = bytes[8];
    header.class_code = static_cast<unsigned>(bytes[9] | bytes[10] << 8 | bytes[11] << 16);
    return true;
}

/// Of a line of `devices`. False: it is none.
bool parse(const char *line, Function &function) {
    unsigned ids = 0;
    int used = 0;
    if (std::sscanf(line, "%4x %8x %x%n", &function.place, &ids, &function.interrupt, &used) != 3) return false;
    function.vendor = ids >> 16;
    function.device = ids & 0xffff;
    for (auto *numbers : {function.starts, function.sizes}) {
        for (int i = 0; i < 7; ++i) {
            line += used;
            if (std::sscanf(line, "%llx%n", &numbers[i], &used) != 1) return false;
        }
    }
    return true;
}

void print_ranges(const Function &function) {
    constexpr unsigned long long io = 1, wide = 4, prefetchable = 8;
    if (function.interrupt != 0 && function.interrupt != 255) std::printf("\tinterrupt %u\n", function.interrupt);
    for (int i = 0; i < 6; ++i) {
        const unsigned long long start = function.starts[i], size = function.sizes[i];
        if (size == 0) continue;
        if ((start & io) != 0)
            std::printf("\tregion %d: ports %04llx to %04llx\n", i, start & ~3ull, (start & ~3ull) + size - 1);
        else
            std::printf("\tregion %d: memory %08llx to %08llx%s%s\n", i, start & ~15ull, (start & ~15ull) + size - 1,
                        (start & wide) != 0 ? ", 64-bit" : "", (start & prefetchable) != 0 ? ", prefetchable" : "");
    }
}

void print(const Function &function, const Header &header, bool numbers, bool ranges) {
    std::printf("%02x:%02x.%x ", function.place >> 8, function.place >> 3 & 31, function.place & 7);
    if (numbers)
        std::printf("%04x: ", header.class_code >> 8);
    else
        std::printf("%s: ", name_of(header.class_code));
    std::printf("%04x:%04x", function.vendor, function.device);
    if (header.revision != 0) std::printf(" (rev %02x)", header.revision);
    std::printf("\n");
    if (ranges) print_ranges(function);
}

}  // namespace

int main(int count, char **words) {
    bool numbers = false, ranges = false;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (word == "-n")
            numbers = true;
        else if (word == "-v")
            ranges = true;
        else {
            std::fprintf(stderr, "usage: lspci [-n] [-v]\n");
            return 1;
        }
    }
    std::FILE *list = std::fopen("/proc/bus/pci/devices", "re");
    if (list == nullptr) {
        std::perror("lspci: /proc/bus/pci/devices");
        return 1;
    }
    char line[512];
    while (std::fgets(line, sizeof line, list) != nullptr) {
        Function function{};
        Header header{};
        if (parse(line, function) && read_header(function, header)) print(function, header, numbers, ranges);
    }
    std::fclose(list);
    return 0;
}
