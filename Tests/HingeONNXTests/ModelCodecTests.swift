import HingeGraph
import Testing

@testable import HingeONNX

@Suite("Models, read and written")
struct ModelCodecTests {
    /// y = LeakyRelu(x), with an unknown field at every level, and values that are given though empty.
    static let model = Wire()
        .int(1, 8)
        .text(2, "hand")
        .text(6, "")
        .message(
            7,
            Wire()
                .message(
                    1,
                    Wire().text(1, "x").text(2, "y").text(3, "act").text(4, "LeakyRelu")
                        .message(5, Wire().text(1, "alpha").float(2, 0.25).int(20, 1))
                        .text(7, "").text(60, "a node's own")
                )
                .text(2, "g")
                .message(
                    5,
                    Wire().int(1, 2).int(1, 4).int(2, 1).text(8, "w")
                        .bytes(9, [UInt8](0..<32))
                )
                .message(11, value("x")).message(12, value("y"))
                .int(61, 7)
        )
        .message(8, Wire().text(1, "").int(2, 16))
        .bytes(2000, [1, 2, 3])

    static func value(_ name: String) -> Wire {
        Wire().text(1, name)
            .message(
                2,
                Wire()
                    .message(
                        1,
                        Wire().int(1, 1)
                            .message(
                                2,
                                Wire().message(1, Wire().text(2, "N").text(3, "DATA_BATCH"))
                                    .message(1, Wire().int(1, 4)))))
    }

    @Test("The graph says what the file says")
    func reads() throws {
        let model = try readModel(Self.model)
        #expect(model.irVersion == 8)
        #expect(model.producerName == "hand")
        #expect(model.opset(of: "") == 16)
        #expect(model.graph.name == "g")
        var node = try #require(model.graph.nodes.first)
        node.origin = nil
        #expect(
            [node] == [
                Node(
                    "LeakyRelu", name: "act", inputs: ["x"], outputs: ["y"],
                    attributes: [.float("alpha", 0.25)])
            ])
        #expect(model.graph.inputs.map(\.name) == ["x"])
        #expect(model.graph.inputs.map(\.type) == [.tensor(.float32, ["N", 4])])
        let weights = try #require(model.graph.initializers.first)
        #expect(weights.name == "w")
        #expect(weights.tensor.shape == [2, 4])
        #expect(weights.tensor.withUnsafeBytes { Array($0) } == [UInt8](0..<32))
    }

    @Test("Weights are not copied")
    func pointsIntoTheFile() throws {
        let region = Self.model.region
        let model = try MessageReader.read(region, as: .model, externalData: nil) {
            try $0.model($1)
        }
        let address = try #require(model.graph.initializers[0].tensor.region?.base)
        #expect(address >= region.base && address < region.base + region.byteCount)
    }

    @Test("What the graph can't express survives, and the bytes are the same twice")
    func roundTrip() throws {
        let written = try encode(readModel(Self.model))
        #expect(written.count == Self.model.bytes.count)
        #expect(written.sorted() == Self.model.bytes.sorted())
        #expect(try encode(readModel(Wire(bytes: written))) == written)
    }

    @Test("What the graph says wins where it was changed")
    func changes() throws {
        var model = try readModel(Self.model)
        model.documentation = "changed"
        model.graph.inputs[0].type = .tensor(.float32, [1, 4])
        let again = try readModel(Wire(bytes: encode(model)))
        #expect(again.documentation == "changed")
        #expect(again.graph.inputs[0].type == .tensor(.float32, [1, 4]))
        #expect(again.graph.outputs[0].type == .tensor(.float32, ["N", 4]))
    }

    @Test("A truncated model is an error with its place")
    func truncated() {
        let wire = Wire(bytes: Array(Self.model.bytes.dropLast(3)))
        #expect(
            errorText { _ = try readModel(wire) }
                == "byte 196: expected 3 bytes, found 0 to the end of the message")
    }
}
