import HingeGraph

/// A group: named children, and attributes.
package struct HDF5Group: Sendable {
    /// A child of a group.
    package enum Object: Sendable {
        case group(HDF5Group)
        case dataset(HDF5Dataset)
    }

    /// A child and its name.
    package struct Member: Sendable {
        /// The name, not empty and without `/`.
        package let name: String
        /// The child.
        package fileprivate(set) var object: Object
    }

    /// The attributes.
    package var attributes = HDF5Attributes()
    /// The children, sorted by the bytes of their names.
    package private(set) var members: [Member] = []

    /// Creates an empty group.
    package init() {}

    /// The names of the children that are groups, sorted by their bytes.
    package var groupNames: [String] {
        members.compactMap { member in
            if case .group = member.object { member.name } else { nil }
        }
    }

    /// The names of the children that are datasets, sorted by their bytes.
    package var datasetNames: [String] {
        members.compactMap { member in
            if case .dataset = member.object { member.name } else { nil }
        }
    }

    /// The attribute with the given name.
    package func attribute(_ name: String) -> HDF5Attribute? { attributes[name] }
}

// MARK: - Looking up

extension HDF5Group {
    /// What is at a path below this group, if anything is.
    package func object(_ path: String) -> Object? {
        var object = Object.group(self)
        for name in path.utf8.split(separator: UInt8(ascii: "/")) {
            guard case .group(let group) = object,
                case let index = group.lowerBound(of: Substring(name)),
                group.isMember(index, named: Substring(name))
            else { return nil }
            object = group.members[index].object
        }
        return object
    }

    /// The group at a path below this one, if there is one.
    package func group(_ path: String) -> HDF5Group? {
        if case .group(let group)? = object(path) { group } else { nil }
    }

    /// The dataset at a path below this group, if there is one.
    package func dataset(_ path: String) -> HDF5Dataset? {
        if case .dataset(let dataset)? = object(path) { dataset } else { nil }
    }

    /// The group at a path below this one.
    ///
    /// - Throws: ``HingeError`` when there is none.
    package func requiredGroup(_ path: String) throws -> HDF5Group {
        switch object(path) {
        case .group(let group)?: return group
        case .dataset?:
            throw HingeError(.badData, "expected a group, found a dataset", at: [.path(path)])
        case nil: throw HingeError(.badData, "there is no such group", at: [.path(path)])
        }
    }

    /// The dataset at a path below this group.
    ///
    /// - Throws: ``HingeError`` when there is none.
    package func requiredDataset(_ path: String) throws -> HDF5Dataset {
        switch object(path) {
        case .dataset(let dataset)?: return dataset
        case .group?:
            throw HingeError(.badData, "expected a dataset, found a group", at: [.path(path)])
        case nil: throw HingeError(.badData, "there is no such dataset", at: [.path(path)])
        }
    }

    /// Every dataset below this group, in the order of paths: names compared by their bytes, group by
    /// group.
    ///
    /// The paths begin below this group.
    package var datasets: [(path: String, dataset: HDF5Dataset)] {
        var found: [(path: String, dataset: HDF5Dataset)] = []
        collect(into: &found, below: "")
        return found
    }

    private func collect(
        into found: inout [(path: String, dataset: HDF5Dataset)], below prefix: String
    ) {
        for member in members {
            switch member.object {
            case .dataset(let dataset): found.append((prefix + member.name, dataset))
            case .group(let group): group.collect(into: &found, below: prefix + member.name + "/")
            }
        }
    }

    /// The index of the first child whose name is not less than `name`.
    private func lowerBound(of name: Substring) -> Int {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if members[middle].name.utf8.lexicographicallyPrecedes(name.utf8) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// Names are compared by their bytes; Swift's `==` takes different bytes for the same text.
    private func isMember(_ index: Int, named name: Substring) -> Bool {
        index < members.count && members[index].name.utf8.elementsEqual(name.utf8)
    }
}

// MARK: - Building

extension HDF5Group {
    /// Adds a dataset, and the groups on the way to it that don't exist yet.
    ///
    /// - Throws: ``HingeError`` when there is something at the path, or a dataset on the way.
    package mutating func add(_ dataset: HDF5Dataset, at path: String) throws {
        let names = Self.names(in: path)
        guard let last = names.last else {
            throw HingeError(.usage, "a dataset needs a name", at: [.path(path)])
        }
        try update(names.dropLast(), path) { group in
            try group.insert(.dataset(dataset), named: last, path)
        }
    }

    /// Changes the group at a path below this one, which is made if it doesn't exist yet, as are those
    /// on the way.
    ///
    /// - Throws: ``HingeError`` when there is a dataset on the way, or what `body` throws.
    package mutating func updateGroup(
        _ path: String, _ body: (inout HDF5Group) throws -> Void = { _ in }
    ) throws {
        try update(Self.names(in: path)[...], path, body)
    }

    /// Adds a child whose name is greater, by its bytes, than those of the children there are.
    mutating func append(_ object: Object, named name: String) {
        members.append(Member(name: name, object: object))
    }

    private static func names(in path: String) -> [Substring] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
    }

    private mutating func update(
        _ names: ArraySlice<Substring>, _ path: String, _ body: (inout HDF5Group) throws -> Void
    ) throws {
        guard let name = names.first else { return try body(&self) }
        let index = lowerBound(of: name)
        if !isMember(index, named: name) {
            try insert(.group(HDF5Group()), named: name, path)
        }
        guard case .group(var group) = members[index].object else {
            throw HingeError(
                .badData, "expected a group at '\(name)', found a dataset", at: [.path(path)])
        }
        // The group must not be shared while it is changed, or all of it would be copied each time.
        members[index].object = .group(HDF5Group())
        defer { members[index].object = .group(group) }
        try group.update(names.dropFirst(), path, body)
    }

    private mutating func insert(_ object: Object, named name: Substring, _ path: String) throws {
        guard name != ".", !name.utf8.contains(0) else {
            throw HingeError(
                .usage, "'\(name)' cannot be a name in an HDF5 file", at: [.path(path)])
        }
        let index = lowerBound(of: name)
        guard !isMember(index, named: name) else {
            throw HingeError(.badData, "there is already an object here", at: [.path(path)])
        }
        members.insert(Member(name: String(name), object: object), at: index)
    }
}
