/// The type of elements as an `.npy` file states it.
struct NpyElement {
    /// What an element is.
    enum Kind {
        case number(DataType)
        /// A byte string, padded with zeros.
        case bytes
        /// Unicode scalars of four bytes each, padded with zeros.
        case unicode
    }

    let kind: Kind
    /// The size of an element in bytes.
    let byteCount: Int
    let isBigEndian: Bool

    private static let numbers: [(code: String, type: DataType)] = [
        ("b1", .bool), ("i1", .int8), ("i2", .int16), ("i4", .int32), ("i8", .int64),
        ("u1", .uint8), ("u2", .uint16), ("u4", .uint32), ("u8", .uint64),
        ("f2", .float16), ("f4", .float32), ("f8", .float64),
        ("c8", .complex64), ("c16", .complex128), ("V2", .bfloat16),
    ]

    init(kind: Kind, byteCount: Int) {
        self.kind = kind
        self.byteCount = byteCount
        isBigEndian = false
    }

    /// The way to write elements of a type.
    ///
    /// - Throws: ``HingeError`` when NumPy doesn't have the type.
    init(_ type: DataType) throws {
        guard Self.numbers.contains(where: { $0.type == type }) else {
            throw HingeError(.unsupported, "NumPy has no elements of type \(type)")
        }
        self.init(kind: .number(type), byteCount: type.bitWidth / 8)
    }

    /// Reads NumPy's description of a type: byte order, kind, size.
    init(description: String) throws {
        let order = description.first
        let code = description.dropFirst()
        guard let order, "<>|=".contains(order), let kind = code.first else {
            throw HingeError(.badData, "'\(description)' is not a type of NumPy")
        }
        isBigEndian = order == ">"
        if let number = Self.numbers.first(where: { $0.code == code }) {
            self.kind = .number(number.type)
            byteCount = number.type.bitWidth / 8
            return
        }
        let size = code.dropFirst()
        guard !"OMmV".contains(kind), let count = UInt32(size), "SU".contains(kind) else {
            let what =
                switch kind {
                case "O": "pickled Python objects, which are never read"
                case "M", "m": "dates and times are not supported"
                case "V": "raw bytes are not supported"
                default: "elements of this type are not supported"
                }
            throw HingeError(.unsupported, "type '\(description)': \(what)")
        }
        self.kind = kind == "S" ? .bytes : .unicode
        byteCount = Int(count) * (kind == "S" ? 1 : 4)
    }

    /// NumPy's description of the type.
    var description: String {
        switch kind {
        case .number(let type):
            let code = Self.numbers.first { $0.type == type }?.code ?? "V1"
            return (byteCount == 1 ? "|" : "<") + code
        case .bytes: return "|S\(byteCount)"
        case .unicode: return "<U\(byteCount / 4)"
        }
    }
}

/// The header of an `.npy` file: a Python dictionary with three entries.
struct NpyHeader {
    let element: NpyElement
    let isFortranOrder: Bool
    let shape: [Int]

    /// The greatest number of dimensions that NumPy has.
    private static let maximumRank = 64

    init(element: NpyElement, isFortranOrder: Bool, shape: [Int]) {
        self.element = element
        self.isFortranOrder = isFortranOrder
        self.shape = shape
    }

    init(parsing text: UnsafeRawBufferPointer) throws {
        var parser = PythonLiteralParser(text)
        var element: NpyElement?
        var isFortranOrder: Bool?
        var shape: [Int]?
        try parser.expect("{")
        while !parser.skip("}") {
            let key = try parser.string()
            try parser.expect(":")
            switch key {
            case "descr" where element == nil:
                guard !parser.isNext("[") else {
                    throw HingeError(.unsupported, "records of several fields are not supported")
                }
                element = try NpyElement(description: parser.string())
            case "fortran_order" where isFortranOrder == nil:
                isFortranOrder = try parser.boolean()
            case "shape" where shape == nil:
                shape = try parser.tuple(limit: Self.maximumRank)
            default:
                throw HingeError(.badData, "unexpected entry '\(key)'")
            }
            if !parser.skip(",") {
                try parser.expect("}")
                break
            }
        }
        try parser.expectEnd()
        guard let element, let isFortranOrder, let shape else {
            throw HingeError(.badData, "expected the entries descr, fortran_order and shape")
        }
        self.init(element: element, isFortranOrder: isFortranOrder, shape: shape)
    }

    /// The bytes of the file up to the elements.
    var encoded: [UInt8] {
        let extents = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
        let order = isFortranOrder ? "True" : "False"
        var text =
            "{'descr': '\(element.description)', 'fortran_order': \(order), "
            + "'shape': (\(extents)), }"
        // NumPy leaves room for the extent that grows when data is appended to the file.
        let growing = isFortranOrder ? shape.last : shape.first
        if let growing { text += String(repeating: " ", count: max(0, 21 - "\(growing)".count)) }
        // A header of at most 64 dimensions always fits the two bytes of version 1.
        let used = Npy.magic.count + 4 + text.utf8.count + 1
        text += String(repeating: " ", count: (64 - used % 64) % 64) + "\n"
        let size = text.utf8.count
        return Npy.magic + [1, 0, UInt8(size & 0xFF), UInt8(size >> 8)] + Array(text.utf8)
    }
}
