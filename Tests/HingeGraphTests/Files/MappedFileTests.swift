import Foundation
import HingeGraph
import Testing

@Suite("Mapped files")
struct MappedFileTests {
    @Test("Pages that were given back are read again", arguments: [0, 1, 4096, 5000])
    func pages(offset: Int) throws {
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7) }
        let url = URL(filePath: NSTemporaryDirectory()).appending(path: "\(UUID()).bin")
        try Data(bytes).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let file = try MappedFile(path: url.path)
        let part = MemoryRegion(file.region, offset..<bytes.count)
        #expect(part.bytes.elementsEqual(bytes[offset...]))
        part.releasePages()
        #expect(part.bytes.elementsEqual(bytes[offset...]))
        #expect(file.region.bytes.elementsEqual(bytes))
    }

    @Test("What the program holds itself stays")
    func memory() throws {
        let region = MemoryRegion(copying: [UInt8](repeating: 7, count: 10_000))
        region.releasePages()
        #expect(region.bytes.allSatisfy { $0 == 7 })
    }
}
