/// Tells a model from other files by its first fields.
enum ModelProbe {
    /// How many fields are looked at.
    private static let fieldLimit = 16

    /// Whether the bytes begin like a `ModelProto`: fields that the schema knows, as it knows them, among them
    /// a plausible version of the format or a graph.
    ///
    /// What follows them may be unknown. A file that is cut off in the graph or in what follows it is still one.
    static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let schema = WireSchema.shared
        let model = schema.messages[schema[RootMessage.model.descriptor]]
        var offset = 0
        var isPlausible = false
        for _ in 0..<fieldLimit where offset < bytes.count {
            guard
                let tag = Varint.read(bytes, &offset, end: bytes.count, maximumByteCount: 5)
            else { return false }
            guard let field = model.field(Int(tag >> 3)) else { return isPlausible }
            guard field.allows(Int(tag & 7)),
                let number = Varint.read(bytes, &offset, end: bytes.count, maximumByteCount: 10)
            else { return false }
            if field.name == "ir_version" {
                guard 1...1000 ~= number else { return false }
                isPlausible = true
            }
            guard tag & 7 == 2 else { continue }
            let content = UnsafeRawBufferPointer(
                rebasing: bytes[offset...].prefix(Int(clamping: number)))
            if field.name == "graph" {
                guard beginsGraph(content, schema.messages[field.message]) else { return false }
                isPlausible = true
            } else if field.kind == .string {
                guard content.count == number, String(validating: content, as: UTF8.self) != nil
                else { return false }
            }
            guard number <= bytes.count - offset else { return isPlausible }
            offset += Int(number)
        }
        return isPlausible
    }

    private static func beginsGraph(
        _ bytes: UnsafeRawBufferPointer, _ graph: MessageSchema
    ) -> Bool {
        var offset = 0
        guard !bytes.isEmpty else { return true }
        guard
            let tag = Varint.read(bytes, &offset, end: bytes.count, maximumByteCount: 5),
            let field = graph.field(Int(tag >> 3))
        else { return false }
        return field.allows(Int(tag & 7))
    }
}
