internal import COperatorSchemas
import HingeGraph

/// What the ONNX standard states about one operator from one version on: a view of the generated tables.
package struct OperatorSchema: @unchecked Sendable {
    // The tables are static and constant.
    private let table: UnsafePointer<hinge_schema>

    /// The form of an operator that is in force at a version of its domain; `nil` when the operator is
    /// unknown or newer.
    package static func find(
        domain: String = "", name: String, opset: Int
    ) -> OperatorSchema? {
        hinge_schema_find(domain, name, Int32(clamping: opset)).map { OperatorSchema(table: $0) }
    }

    /// All forms of an operator, oldest first.
    package static func versions(domain: String = "", name: String) -> [OperatorSchema] {
        guard var newest = hinge_schema_find(domain, name, .max), let first = hinge_schema_at(0)
        else { return [] }
        var versions = [OperatorSchema(table: newest)]
        while newest > first {
            newest -= 1
            let older = OperatorSchema(table: newest)
            guard older.name == name, older.domain == versions[0].domain else { break }
            versions.append(older)
        }
        return versions.reversed()
    }

    /// All operators' forms, sorted by domain, name and version.
    package static var all: [OperatorSchema] {
        (0..<hinge_schema_count()).compactMap { index in
            hinge_schema_at(index).map { OperatorSchema(table: $0) }
        }
    }

    /// The newest version of a domain; `nil` when the standard doesn't define the domain.
    package static func latestOpset(domain: String = "") -> Int? {
        let version = Int(hinge_schema_latest_opset(domain))
        return version == 0 ? nil : version
    }
}

extension OperatorSchema {
    /// The domain; empty for the operators of ONNX itself.
    package var domain: String { String(cString: table.pointee.domain) }
    /// The operator's name.
    package var name: String { String(cString: table.pointee.name) }
    /// The first version of the domain that has this form.
    package var sinceVersion: Int { Int(table.pointee.since_version) }
    /// Whether the operator is withdrawn from this version on.
    package var isDeprecated: Bool { table.pointee.deprecated }
    /// Whether the standard also defines it as a function of other operators.
    package var isFunction: Bool { table.pointee.function }
    /// Whether equal inputs always give equal outputs.
    package var isDeterministic: Bool { table.pointee.deterministic }
    /// The numbers of inputs that a node may list.
    package var inputCounts: ClosedRange<Int> {
        Int(table.pointee.min_input)...Int(table.pointee.max_input)
    }
    /// The numbers of outputs that a node may list.
    package var outputCounts: ClosedRange<Int> {
        Int(table.pointee.min_output)...Int(table.pointee.max_output)
    }

    /// The attributes, sorted by name.
    package var attributes: [Attribute] {
        UnsafeBufferPointer(start: table.pointee.attributes, count: table.pointee.attribute_count)
            .map { Attribute($0) }
    }

    /// The attribute with the given name.
    package func attribute(_ name: String) -> Attribute? {
        attributes.first { $0.name == name }
    }

    /// The formal inputs.
    package var inputs: [Parameter] {
        UnsafeBufferPointer(start: table.pointee.inputs, count: table.pointee.input_count)
            .map { Parameter($0) }
    }

    /// The formal outputs.
    package var outputs: [Parameter] {
        UnsafeBufferPointer(start: table.pointee.outputs, count: table.pointee.output_count)
            .map { Parameter($0) }
    }

    /// The formal input that a node's input at `index` belongs to: the last one may take several.
    package func input(at index: Int) -> Parameter? {
        OperatorSchema.parameter(at: index, in: inputs)
    }

    /// The formal output that a node's output at `index` belongs to.
    package func output(at index: Int) -> Parameter? {
        OperatorSchema.parameter(at: index, in: outputs)
    }

    static func parameter(at index: Int, in list: [Parameter]) -> Parameter? {
        if index < list.count { return list[index] }
        guard let last = list.last, last.option == .variadic else { return nil }
        return last
    }
}

extension OperatorSchema {
    /// One attribute of an operator.
    package struct Attribute: Sendable {
        /// The name.
        package let name: String
        /// The kind of value, as ``HingeGraph/Attribute/Value/kind`` names it.
        package let kind: String
        /// Whether a node must have it.
        package let isRequired: Bool
        /// The value that a node without it means, if the standard states one.
        package let defaultValue: HingeGraph.Attribute.Value?

        private static let kinds = [
            "undefined", "float", "int", "string", "tensor", "graph", "floats", "ints", "strings",
            "tensors", "graphs", "sparse tensor", "sparse tensors", "type", "types",
        ]

        init(_ entry: hinge_schema_attribute) {
            name = String(cString: entry.name)
            let kind = Attribute.kinds[Int(entry.type)]
            self.kind = kind
            isRequired = entry.required
            let count = entry.default_count
            guard entry.has_default else {
                defaultValue = nil
                return
            }
            switch kind {
            case "float": defaultValue = .float(entry.default_float)
            case "int": defaultValue = .int(entry.default_int)
            case "string": defaultValue = .string(ByteString(entry.default_string))
            case "floats":
                defaultValue = .floats(
                    Array(UnsafeBufferPointer(start: entry.default_floats, count: count)))
            case "ints":
                defaultValue = .ints(
                    Array(UnsafeBufferPointer(start: entry.default_ints, count: count)))
            case "strings":
                defaultValue = .strings(
                    UnsafeBufferPointer(start: entry.default_strings, count: count)
                        .map { ByteString($0) })
            default: defaultValue = nil
            }
        }
    }

    /// How an input or output may occur.
    package enum Option: Sendable {
        /// Exactly one value, always present.
        case single
        /// One value that may be absent.
        case optional
        /// Any number of values.
        case variadic
    }

    /// One formal input or output of an operator.
    package struct Parameter: Sendable {
        /// The formal name.
        package let name: String
        /// The name of a type constraint (`T`), or a type as the standard writes it (`tensor(int64)`).
        package let typeName: String
        /// Whether `typeName` names a constraint: all parameters of a node that name it have one type.
        package let isConstrained: Bool
        /// Whether it is single, optional or variadic.
        package let option: Option
        /// The least number of values of a variadic parameter; 1 for the others.
        package let minimumCount: Int
        /// Whether all values of a variadic parameter have the same type.
        package let isHomogeneous: Bool
        /// The types that are allowed.
        package let types: AllowedTypes

        init(_ entry: hinge_schema_parameter) {
            name = String(cString: entry.name)
            typeName = String(cString: entry.type_name)
            isConstrained = entry.constraint >= 0
            option =
                switch entry.option {
                case HINGE_SCHEMA_OPTIONAL: .optional
                case HINGE_SCHEMA_VARIADIC: .variadic
                default: .single
                }
            minimumCount = Int(entry.min_arity)
            isHomogeneous = entry.homogeneous
            types = AllowedTypes(
                tensor: entry.types.tensor, sequence: entry.types.sequence,
                optionalTensor: entry.types.optional_tensor,
                optionalSequence: entry.types.optional_sequence, map: entry.types.map)
        }
    }
}

/// The types that an input or output may have.
package struct AllowedTypes: Sendable, Hashable {
    fileprivate var tensor: UInt32
    fileprivate var sequence: UInt32
    fileprivate var optionalTensor: UInt32
    fileprivate var optionalSequence: UInt32
    fileprivate var map: UInt32

    /// The element types that tensors may have.
    package var dataTypes: [DataType] { DataType.allCases.filter { contains($0) } }

    /// Whether a tensor of the given element type is allowed.
    package func contains(_ type: DataType) -> Bool { tensor & (1 << type.number) != 0 }

    /// Whether a value of the given type is allowed, as far as the type is known.
    package func contains(_ type: ValueType) -> Bool {
        func has(_ mask: UInt32, _ type: DataType?) -> Bool {
            type.map { mask & (1 << $0.number) != 0 } ?? (mask != 0)
        }
        switch type {
        case .tensor(let type, _): return has(tensor, type)
        case .sequence(.tensor(let type, _)): return has(sequence, type)
        case .sequence(.map): return map != 0
        case .sequence(nil): return sequence | map != 0
        case .optional(.tensor(let type, _)): return has(optionalTensor, type)
        case .optional(.sequence(.tensor(let type, _))): return has(optionalSequence, type)
        case .optional(nil): return optionalTensor | optionalSequence != 0
        case .map: return map != 0
        default: return false
        }
    }
}

extension ByteString {
    fileprivate init(_ entry: hinge_schema_bytes) {
        self.init(
            bytes: UnsafeRawBufferPointer(start: entry.bytes, count: entry.count))
    }
}
