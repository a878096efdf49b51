import Foundation
import HingeArchive
import HingeGraph
import HingeONNX
import HingeOperators

/// Files that hold values: NumPy's `.npy` and `.npz`, ONNX's `.pb`, JSON, and images.
public enum ValueFile {
    /// Reads a value.
    ///
    /// The kind of file is found by its content.
    ///
    /// - Parameters:
    ///   - path: The file. A `.npz` must hold one array.
    ///   - type: The type of the input that the value is for, which decides the element type of JSON, and what becomes
    ///     of an image: its bytes where they are a vector, and else what ``ImageOptions/fitted(to:)`` says.
    ///   - images: What is done with an image besides.
    /// - Throws: ``HingeError`` with the file as its context.
    public static func value(
        path: String, type: ValueType? = nil, _ images: ImageOptions = ImageOptions()
    ) throws -> Value {
        try withContext(.file(path)) {
            let file = try MappedFile(path: path)
            if Npy.isNpy(file.region) { return .tensor(try Npy.read(file)) }
            if isZip(file) {
                let members = try Npz.read(file)
                guard members.count == 1 else {
                    let names = members.map { "'\($0.name)'" }.joined(separator: ", ")
                    throw HingeError(
                        .mismatch, "expected one array, found \(members.count): \(names)")
                }
                return .tensor(members[0].tensor)
            }
            if JSONTensor.looksLikeJSON(file.region) {
                return try JSONTensor.value(file.region, type: type)
            }
            if file.withUnsafeBytes(EncodedImage.isImage) {
                return .tensor(try image(file, type, images))
            }
            return try ONNXValueFile.read(path, as: type.flatMap(kind)).value
        }
    }

    /// Reads named tensors: the members of a `.npz`.
    ///
    /// - Throws: ``HingeError`` with the file as its context.
    public static func tensors(path: String) throws -> [String: Tensor] {
        try withContext(.file(path)) {
            let file = try MappedFile(path: path)
            guard isZip(file) else {
                throw HingeError(.badData, "expected a .npz file (a zip archive of arrays)")
            }
            return Dictionary(
                try Npz.read(file).map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
        }
    }

    /// Writes a value into a folder as `NAME.npy`; what a file name can't hold becomes `_`.
    ///
    /// The elements of a sequence are written as `NAME_0.npy`, `NAME_1.npy`, …; a map of C scalars as `NAME_keys.npy` and
    /// `NAME_values.npy`, `[C]` each, and N maps with the same keys likewise, with values `[N, C]`.
    ///
    /// - Throws: ``HingeError`` when the file can't be written, or NumPy has no such values.
    public static func write(_ value: Value, toFolder folder: String, name: String) throws {
        if let table = MapTable(value) {
            try write(.tensor(table.keys), toFolder: folder, name: "\(name)_keys")
            return try write(.tensor(table.values), toFolder: folder, name: "\(name)_values")
        }
        switch value {
        case .tensor(let tensor):
            let path = "\(folder)/\(fileName(name)).npy"
            try withContext(.file(path)) {
                do {
                    try Npy.write(tensor, toPath: path)
                } catch var error as HingeError {
                    if error.context.first == .file(path) { error.context.removeFirst() }
                    throw error
                }
            }
        case .sequence(let elements):
            for (index, element) in elements.enumerated() {
                try write(element, toFolder: folder, name: "\(name)_\(index)")
            }
        case .optional(let element?): try write(element, toFolder: folder, name: name)
        case .optional(nil): return
        case .map(let keys, let values):
            try write(.tensor(keys), toFolder: folder, name: "\(name)_keys")
            try write(.sequence(values), toFolder: folder, name: name)
        case .sparseTensor:
            throw HingeError(
                .unsupported, "a .npy file holds a tensor only", at: [.value(name)])
        }
    }

    /// A name with everything but letters, digits, `.`, `-` and `_` replaced; never empty, `.` or `..`.
    static func fileName(_ name: String) -> String {
        let safe = String(
            name.map { character in
                character.isLetter || character.isNumber || "._-".contains(character)
                    ? character : "_"
            })
        return safe.allSatisfy { $0 == "." } ? "_" + safe : safe
    }

    private static func image(
        _ file: MappedFile, _ type: ValueType?, _ options: ImageOptions
    ) throws -> Tensor {
        if type?.dataType == .uint8, type?.shape?.rank == 1 {
            return try file.tensor(.uint8, [file.byteCount], at: 0)
        }
        let options = try type.map(options.fitted) ?? options
        return try file.withUnsafeBytes { try Tensor(image: $0, options) }
    }

    /// The message type of a file that holds a value of a type; `nil` leaves it to the content.
    private static func kind(_ type: ValueType) -> ONNXValue.Kind? {
        switch type {
        case .tensor: .tensor
        case .sparseTensor: .sparseTensor
        case .sequence: .sequence
        case .map: .map
        case .optional: .optional
        case .opaque: nil
        }
    }

    private static func isZip(_ file: MappedFile) -> Bool {
        file.has([0x50, 0x4B, 0x03, 0x04]) || file.has([0x50, 0x4B, 0x05, 0x06])
    }
}
