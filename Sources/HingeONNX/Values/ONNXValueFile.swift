internal import CONNX
import HingeGraph

/// Files that hold one value: `.pb`, as in ONNX's test data.
package enum ONNXValueFile {
    /// Reads a value.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - kind: Its message type. Without it, the type is found by the content; a sequence and an optional
    ///     with one element look the same, and are then read as a sequence.
    /// - Throws: ``HingeError`` with the file as its context.
    package static func read(_ path: String, as kind: ONNXValue.Kind? = nil) throws -> ONNXValue {
        try withContext(.file(path)) {
            let file = try MappedFile(path: path)
            return try kind.map { try read(file.region, as: $0) } ?? find(file.region)
        }
    }

    /// Writes a value, atomically.
    ///
    /// - Throws: ``HingeError`` when the file can't be written.
    package static func write(_ value: ONNXValue, to path: String) throws {
        try encode(value).withPieces { try AtomicFile.write($0, to: path) }
    }

    /// Reads an encoded value of a known type.
    static func read(_ region: MemoryRegion, as kind: ONNXValue.Kind) throws -> ONNXValue {
        switch kind {
        case .tensor:
            try read(region, as: .tensor) { reader, message in try reader.tensorValue(message) }
        case .sparseTensor:
            try read(region, as: .sparseTensor) { reader, message in
                try reader.sparseTensorValue(message)
            }
        case .sequence: try read(region, as: .sequence) { try $0.sequence($1) }
        case .map: try read(region, as: .map) { try $0.map($1) }
        case .optional: try read(region, as: .optional) { try $0.optional($1) }
        }
    }

    private static func read<Message>(
        _ region: MemoryRegion, as root: RootMessage,
        _ body: (MessageReader, UnsafeMutablePointer<Message>) throws -> (Value, ValueOrigin)
    ) throws -> ONNXValue {
        let (value, origin) = try MessageReader.read(
            region, as: root, externalData: nil, body)
        return ONNXValue(name: origin.name, value, origin)
    }

    /// Reads an encoded value as the first type that fits without unknown fields.
    private static func find(_ region: MemoryRegion) throws -> ONNXValue {
        guard region.byteCount > 0 else {
            throw HingeError(.badData, "expected a value, found an empty file")
        }
        for kind in ONNXValue.Kind.allCases {
            if let value = try? read(region, as: kind), value.origin?.message.extra.isEmpty ?? true
            {
                return value
            }
        }
        // Nearly all such files are tensors, so what is wrong with it as a tensor says the most.
        return try read(region, as: .tensor)
    }

    static func encode(_ value: ONNXValue) throws -> EncodedMessage {
        let writer = MessageWriter(.asRead)
        let (name, origin) = (value.name, value.origin)
        switch value.value {
        case .tensor(let tensor):
            let message = try writer.tensor(tensor, name, origin)
            return try EncodedMessage(message, as: .tensor, writer)
        case .sparseTensor(let tensor):
            let message = try writer.sparseTensor(tensor, name, origin)
            return try EncodedMessage(message, as: .sparseTensor, writer)
        case .sequence(let values):
            let message = try writer.sequence(values, name, origin)
            return try EncodedMessage(message, as: .sequence, writer)
        case .map(let keys, let values):
            let message = try writer.map(keys, values, name, origin)
            return try EncodedMessage(message, as: .map, writer)
        case .optional(let value):
            let message = try writer.optional(value, name, origin)
            return try EncodedMessage(message, as: .optional, writer)
        }
    }
}

extension ONNXValueFile {
    /// Reads an encoded type, which becomes the type of a value info without a name.
    static func readType(_ region: MemoryRegion) throws -> ValueInfo {
        try MessageReader.read(region, as: .type, externalData: nil) {
            (reader, message: UnsafeMutablePointer<Onnx__TypeProto>) in
            var origin = ONNXOrigin()
            let type = reader.valueType(message)
            if try type.map({ try !reader.isPlain(message, $0) }) ?? true {
                origin.verbatim.append(
                    .init(number: 2, value: .type(type), bytes: try pack(message)))
            }
            return ValueInfo(name: "", type: type, origin: origin.boxed)
        }
    }

    /// Encodes the type of a value info.
    static func encodeType(_ info: ValueInfo) throws -> [UInt8] {
        let original = ONNXOrigin(info.origin)?.encoding(of: 2, .type(info.type))
        if let original { return original }
        guard let type = info.type else { return [] }
        let writer = TypeWriter(arena: MessageArena())
        return try withExtendedLifetime(writer) { try pack(writer.type(type)) }
    }
}
