import HingeGraph
import Testing

@testable import HingeONNX

@Suite("The skeleton")
struct SkeletonTests {
    private func tensor(_ byteCount: Int) -> Wire {
        Wire().int(1, byteCount).int(2, 2).bytes(9, [UInt8](repeating: 7, count: byteCount))
    }

    @Test(
        "Payloads of 16 bytes and more give way to references",
        arguments: [16, 17, 127, 128, 70_000])
    func cuts(byteCount: Int) throws {
        let inner = tensor(byteCount)
        let wire = Wire().message(7, Wire().text(2, "g").message(5, inner)).int(1, 8)
        let skeleton = try #require(
            try wire.bytes.withUnsafeBytes { try Skeleton.cut($0, as: .model) })
        let offset = wire.bytes.count - 2 - byteCount
        let reference = PayloadReference(location: offset, byteCount: byteCount)
        let expected = Wire().message(
            7,
            Wire().text(2, "g")
                .message(5, Wire().int(1, byteCount).int(2, 2).bytes(9, reference.bytes))
        ).int(1, 8)
        #expect(skeleton == expected.bytes)
    }

    @Test("Shorter payloads stay, and nothing is copied", arguments: [0, 1, 15])
    func keeps(byteCount: Int) throws {
        let wire = Wire().message(7, Wire().message(5, tensor(byteCount)))
        #expect(try wire.bytes.withUnsafeBytes { try Skeleton.cut($0, as: .model) } == nil)
    }

    @Test("Lengths that are longer than they need to be are accepted")
    func paddedLengths() throws {
        let graph = Wire().text(2, "g").message(5, tensor(20)).bytes
        let length = [UInt8(graph.count) | 0x80, 0x80, 0x80, 0x80, 0x00]
        let model = try readModel(Wire().tag(7, 2).raw(length).raw(graph))
        #expect(model.graph.initializers[0].tensor.shape == [20])
        #expect(try encode(model) == Wire().message(7, Wire(bytes: graph)).bytes)
    }

    @Test("A payload grows back to the bytes that it was", arguments: Fixtures.models)
    func expands(name: String) throws {
        let file = try Fixtures.file(name)
        let model = try ONNXFormat().read(file)
        let once = try encode(model)
        let again = try encode(readModel(Wire(bytes: once), folder: file.folder))
        #expect(once.count == file.byteCount)
        #expect(once == again)
    }
}
