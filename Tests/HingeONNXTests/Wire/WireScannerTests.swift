import HingeGraph
import Testing

@testable import HingeONNX

/// A message that must be rejected, and the whole error.
struct HostileMessage: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let error: String

    init(_ name: String, _ wire: Wire, _ error: String) {
        testDescription = name
        bytes = wire.bytes
        self.error = error
    }

    static let all = [
        HostileMessage(
            "field number 0", Wire().raw([0x00, 0x01]),
            "byte 0: expected a field number from 1 to 536870911, found 0"),
        HostileMessage(
            "field number 0 in two bytes", Wire().int(1, 8).raw([0x80, 0x00, 0x01]),
            "byte 2: expected a field number from 1 to 536870911, found 0"),
        HostileMessage(
            "field number over 2^29 - 1", Wire().raw([0x80, 0x80, 0x80, 0x80, 0x10, 0x00]),
            "byte 0: expected a field number from 1 to 536870911, found 536870912"),
        HostileMessage(
            "tag that does not end", Wire().raw([0x80, 0x80]),
            "byte 0: expected a field tag, found the end of the message"),
        HostileMessage(
            "integer that does not end", Wire().raw([0x08, 0xFF]),
            "field 'ir_version' › byte 0: expected an integer of at most 10 bytes, found none that ends"
        ),
        HostileMessage(
            "integer of 11 bytes", Wire().tag(1, 0).raw([UInt8](repeating: 0x80, count: 10) + [1]),
            "field 'ir_version' › byte 0: expected an integer of at most 10 bytes, found none that ends"
        ),
        HostileMessage(
            "group", Wire().tag(99, 3).tag(99, 4), "byte 0: groups are not supported"),
        HostileMessage(
            "wire type 7", Wire().tag(99, 7), "byte 0: the wire type 7 does not exist"),
        HostileMessage(
            "graph as a number", Wire().int(7, 1),
            "field 'graph' › byte 0: expected wire type 2, found 0"),
        HostileMessage(
            "length past the end", Wire().tag(7, 2).raw([0x05, 0x12]),
            "field 'graph' › byte 0: expected 5 bytes, found 1 to the end of the message"),
        HostileMessage(
            "length past the end of the graph",
            Wire().message(7, Wire().tag(2, 2).raw([0x05, 0x61])).text(6, "abcdef"),
            "field 'graph.name' › byte 2: expected 5 bytes, found 1 to the end of the message"),
        HostileMessage(
            "length of 2^63",
            Wire().tag(7, 2).raw([UInt8](repeating: 0xFF, count: 9) + [0x01]),
            "field 'graph' › byte 1: expected a length, found none that ends"),
        HostileMessage(
            "eight bytes cut off", Wire().tag(99, 1).raw([1, 2, 3]),
            "byte 0: expected 8 bytes, found 3 to the end of the message"),
        HostileMessage(
            "text that is not UTF-8", Wire().message(7, Wire().bytes(2, [0x61, 0xC3, 0x28])),
            "field 'graph.name' › byte 4: the text is not UTF-8"),
        HostileMessage(
            "text with a NUL", Wire().message(7, Wire().bytes(2, [0x61, 0x00, 0x62])),
            "field 'graph.name' › byte 4: the text has a NUL character"),
        HostileMessage(
            "a graph twice", Wire().message(7, Wire()).message(7, Wire()),
            "field 'graph' › byte 2: the field occurs twice"),
        HostileMessage(
            "floats cut off",
            Wire().message(7, Wire().message(5, Wire().bytes(4, [0, 0, 0]))),
            "field 'graph.initializer.float_data' › byte 4: expected a multiple of 4 bytes, found 3"
        ),
        HostileMessage(
            "packed integer that does not end",
            Wire().message(7, Wire().message(5, Wire().bytes(7, [1, 0x80]))),
            "field 'graph.initializer.int64_data' › byte 4: the last integer does not end"),
        HostileMessage(
            "101 types inside each other",
            Wire().message(
                7,
                Wire().message(
                    11,
                    Wire().message(
                        2,
                        (0..<49).reduce(Wire()) { type, _ in
                            Wire().message(4, Wire().message(1, type))
                        }))),
            "field 'graph.input.type.sequence_type.….elem_type.sequence_type.elem_type' "
                + "› byte 237: messages are nested deeper than 100 levels"),
    ]
}

@Suite("The scanner")
struct WireScannerTests {
    @Test("rejects what protobuf-c would not survive", arguments: HostileMessage.all)
    func rejects(_ message: HostileMessage) {
        #expect(errorText { _ = try readModel(Wire(bytes: message.bytes)) } == message.error)
    }

    @Test("A graph nested 2,000 deep is rejected before it is decoded")
    func depthBomb() {
        var graph = Wire()
        for _ in 0..<2000 {
            graph = Wire().message(1, Wire().message(5, Wire().message(6, graph)))
        }
        let error = errorText { _ = try readModel(Wire().message(7, graph)) }
        #expect(error?.hasSuffix("messages are nested deeper than 100 levels") == true)
    }

    @Test("A submessage given 50,000 times is rejected at its second")
    func mergeBomb() {
        let graph = Wire().message(7, Wire().text(2, "g")).bytes
        let bomb = Wire(bytes: (0..<50_000).flatMap { _ in graph })
        #expect(
            errorText { _ = try readModel(bomb) }
                == "field 'graph' › byte 5: the field occurs twice")
    }

    @Test("A message that is 145 times as large decoded as encoded is rejected")
    func attributeBomb() {
        let empty: [UInt8] = [5 << 3 | 2, 0]
        let attributes = Array(repeatElement(empty, count: 500_000).joined())
        let bomb = Wire().message(7, Wire().bytes(1, attributes))
        #expect(
            errorText { _ = try readModel(bomb) }
                == "decoding 1000008 bytes takes more than 32 times as many")
    }

    @Test("Lists of numbers may be packed or not")
    func packedOrNot() throws {
        let oneByOne = Wire().int(1, 2).int(1, 1).int(2, 7).int(7, -1).int(7, 300)
        let packed = Wire().packed(1, [2, 1]).int(2, 7).packed(7, [-1, 300])
        for wire in [oneByOne, packed] {
            let value = try ONNXValueFile.read(wire.region, as: .tensor)
            #expect(value.value.tensor == Tensor([-1, 300] as [Int64], shape: [2, 1]))
        }
    }

    @Test("Text beyond ASCII passes")
    func text() throws {
        let model = try readModel(Wire().message(7, Wire().text(2, "größer–大きい")))
        #expect(model.graph.name == "größer–大きい")
    }
}
