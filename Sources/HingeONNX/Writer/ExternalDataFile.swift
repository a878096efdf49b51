internal import CONNX
import HingeGraph

/// The data files of models: what new ones are called, and which old ones nobody needs.
enum ExternalDataFile {
    /// The most files in a folder that are looked at to find out whether they need a data file.
    private static let folderLimit = 1000

    /// `NAME.data`, `NAME.1.data`, `NAME.2.data` …, cut to what the folder's file system allows.
    static func names(for place: OutputPlace) -> some Sequence<String> {
        let (stem, limit) = (place.name, place.longestName)
        return (0..<10_000).lazy.map { number in
            let suffix = number == 0 ? ".data" : ".\(number).data"
            var stem = stem
            while stem.utf8.count + suffix.utf8.count > limit, !stem.isEmpty { stem.removeLast() }
            return stem + suffix
        }
    }

    /// The path of the data file that goes with the model at a place, when that is replaced.
    ///
    /// - Returns: `nil` unless the file is named after the model, is the only one that the model needs, and no
    ///   other model in the folder needs it, as far as that can be told.
    static func replaced(at place: OutputPlace) -> String? {
        guard let locations = locations(of: place.path), locations.count == 1,
            let location = locations.first, isNamed(location, after: place.name),
            let names = try? ModelFolder(path: place.folder).names(), names.count < folderLimit
        else { return nil }
        for name in names where name != place.name && name != location {
            let path = place.sibling(name)
            guard let file = try? MappedFile(path: path) else { continue }
            guard ModelProbe.recognizes(file.region.bytes) else { continue }
            guard let others = self.locations(of: path), !others.contains(location) else {
                return nil
            }
        }
        return place.sibling(location)
    }

    private static func isNamed(_ location: String, after name: String) -> Bool {
        guard location.hasPrefix(name + "."), location.hasSuffix(".data") else { return false }
        if location == "\(name).data" { return true }
        let number = location.dropFirst(name.count + 1).dropLast(5)
        return !number.isEmpty && number.allSatisfy { ("0"..."9").contains($0) }
    }

    /// The data files that a model names; `nil` when the model can't be read.
    private static func locations(of path: String) -> Set<String>? {
        guard let file = try? MappedFile(path: path) else { return nil }
        let folder = ExternalDataFolder(file.folder)
        let model = try? MessageReader.read(file.region, as: .model, externalData: folder) {
            (reader, message: UnsafeMutablePointer<Onnx__ModelProto>) in
            try reader.model(message)
        }
        return model == nil ? nil : folder.locations
    }
}
