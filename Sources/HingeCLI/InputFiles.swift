import Foundation
import Hinge

/// The inputs named on a command line, `[NAME=]FILE`.
struct InputFiles: Sendable {
    private let arguments: [String]
    private let images: ImageOptions

    /// - Parameters:
    ///   - arguments: The arguments.
    ///   - images: How those that are images are prepared.
    init(_ arguments: [String], images: ImageOptions = ImageOptions()) {
        self.arguments = arguments
        self.images = images
    }

    /// The values of a model's inputs.
    ///
    /// - Throws: ``HingeError`` when a file can't be read, or names don't match.
    func values(for model: Model) throws -> [String: Value] {
        let required = model.graph.requiredInputs
        let names = Set(required.map(\.name))
        let infos = required + model.graph.inputs.filter { !names.contains($0.name) }
        var values: [String: Value] = [:]
        for argument in arguments {
            let (name, path) = split(argument, names: Set(infos.map(\.name)))
            if let name {
                guard let info = infos.first(where: { $0.name == name }) else {
                    throw unknown(name, infos)
                }
                guard values[name] == nil else {
                    throw HingeError(.usage, "the input '\(name)' is given twice")
                }
                values[name] = try ValueFile.value(path: path, type: info.type, images)
            } else if path.lowercased().hasSuffix(".npz") {
                try withContext(.file(path)) {
                    try assign(members(path), infos, &values)
                }
            } else {
                guard let info = model.graph.requiredInputs.first(where: { values[$0.name] == nil })
                else {
                    throw HingeError(
                        .usage,
                        "the model has \(infos.count) inputs, all of which are given already",
                        at: [.file(path)])
                }
                values[info.name] = try ValueFile.value(path: path, type: info.type, images)
            }
        }
        return values
    }

    private func split(_ argument: String, names: Set<String>) -> (name: String?, path: String) {
        guard let equals = argument.lastIndex(of: "=") else { return (nil, argument) }
        // The file may have an equals sign in its name: then the whole argument exists as a file.
        let name = String(argument[..<equals])
        if !names.contains(name), FileManager.default.fileExists(atPath: argument) {
            return (nil, argument)
        }
        return (name, String(argument[argument.index(after: equals)...]))
    }

    private func assign(
        _ tensors: [String: Tensor], _ infos: [ValueInfo], _ values: inout [String: Value]
    ) throws {
        let before = values.count
        for (index, info) in infos.enumerated() where values[info.name] == nil {
            let tensor = tensors[info.name] ?? tensors["in_\(info.name)"] ?? tensors["in_\(index)"]
            if let tensor { values[info.name] = .tensor(tensor) }
        }
        guard values.count == before else { return }
        if tensors.count == 1, let tensor = tensors.values.first,
            let info = infos.first(where: { values[$0.name] == nil })
        {
            values[info.name] = .tensor(tensor)
        } else {
            let members = tensors.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
            throw HingeError(
                .usage,
                "no member is an input of the model: it has \(members.isEmpty ? "none" : members)")
        }
    }

    /// The members of a `.npz`; the file is named by whoever asks for them.
    private func members(_ path: String) throws -> [String: Tensor] {
        do {
            return try ValueFile.tensors(path: path)
        } catch var error as HingeError {
            if error.context.first == .file(path) { error.context.removeFirst() }
            throw error
        }
    }

    private func unknown(_ name: String, _ infos: [ValueInfo]) -> HingeError {
        let known = infos.map { "'\($0.name)'" }.joined(separator: ", ")
        return HingeError(.usage, "the model has no input '\(name)'; it has \(known)")
    }
}
