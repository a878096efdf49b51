import HingeGraph

@testable import HingeONNX

/// An encoded message, put together field by field.
struct Wire {
    var bytes: [UInt8] = []

    /// The tag of a field.
    func tag(_ number: Int, _ wireType: Int) -> Wire {
        var wire = self
        Varint.append(UInt64(number << 3 | wireType), to: &wire.bytes)
        return wire
    }

    /// Bytes as they are.
    func raw(_ bytes: [UInt8]) -> Wire { Wire(bytes: self.bytes + bytes) }

    /// An integer.
    func int(_ number: Int, _ value: Int) -> Wire {
        var wire = tag(number, 0)
        Varint.append(UInt64(bitPattern: Int64(value)), to: &wire.bytes)
        return wire
    }

    /// Text, bytes, or a submessage.
    func bytes(_ number: Int, _ content: [UInt8]) -> Wire {
        var wire = tag(number, 2)
        Varint.append(UInt64(content.count), to: &wire.bytes)
        wire.bytes += content
        return wire
    }

    func text(_ number: Int, _ text: String) -> Wire { bytes(number, Array(text.utf8)) }

    func message(_ number: Int, _ message: Wire) -> Wire { bytes(number, message.bytes) }

    /// Integers, packed.
    func packed(_ number: Int, _ values: [Int]) -> Wire {
        var content: [UInt8] = []
        for value in values { Varint.append(UInt64(bitPattern: Int64(value)), to: &content) }
        return bytes(number, content)
    }

    /// Floating-point numbers, packed.
    func floats(_ number: Int, _ values: [Float]) -> Wire {
        bytes(number, values.withUnsafeBytes { Array($0) })
    }

    /// A float.
    func float(_ number: Int, _ value: Float) -> Wire {
        tag(number, 5).raw(withUnsafeBytes(of: value) { Array($0) })
    }

    /// A region that holds the bytes.
    var region: MemoryRegion {
        MemoryRegion(copying: bytes)
    }
}
