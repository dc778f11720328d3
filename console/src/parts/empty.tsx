import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon.tsx";

/** What is shown where there is nothing: why, and what to do. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}
